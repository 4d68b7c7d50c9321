/** The Node object as the kubelet wants it. Pure. */
import { HOSTNAME_LABEL } from '../../api/well-known.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { ContainerImage, Node, NodeCondition, NodeStatus } from '../../generated/core-v1.ts';
import type { Image } from '../cri/contract.ts';
import type { Machine } from './machine.ts';

export interface NodeInput {
  readonly nodeName: string;
  readonly hostname: string;
  readonly nodeIPs: readonly string[];
  readonly podCIDRs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly machine: Machine;
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly kubeletVersion: string;
  readonly runtimeVersion: string;
  /** Where the kubelet serves now; undefined: it does not. */
  readonly kubeletPort: number | undefined;
}

export interface NodeFindings {
  readonly images: readonly Image[];
  /** Why pods cannot run now; undefined: they can. */
  readonly notReady: string | undefined;
}

const MAX_IMAGES = 50;

/** The labels the kubelet keeps on its node, over those it was given. */
export function nodeLabels(input: NodeInput): Record<string, string> {
  const { architecture, operatingSystem } = input.machine.info;
  return {
    ...input.labels,
    'beta.kubernetes.io/arch': architecture,
    'beta.kubernetes.io/os': operatingSystem,
    'kubernetes.io/arch': architecture,
    [HOSTNAME_LABEL]: input.hostname,
    'kubernetes.io/os': operatingSystem,
  };
}

/** The Node as the kubelet registers it. */
export function newNode(input: NodeInput): Node {
  const [podCIDR] = input.podCIDRs;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: input.nodeName,
      labels: nodeLabels(input),
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: podCIDR ? { podCIDR, podCIDRs: [...input.podCIDRs] } : {},
  };
}

/** @param old its other fields, and the times of conditions that have not changed, are kept */
export function nodeStatus(
  input: NodeInput,
  findings: NodeFindings,
  old: NodeStatus | undefined,
  nowMs: number,
): NodeStatus {
  const addresses = [
    ...input.nodeIPs.map(address => ({ type: 'InternalIP', address })),
    { type: 'Hostname', address: input.hostname },
  ];
  return {
    ...old,
    addresses,
    capacity: { ...input.capacity },
    allocatable: { ...input.allocatable },
    conditions: conditions(findings, old?.conditions ?? [], nowMs),
    daemonEndpoints: { kubeletEndpoint: { Port: input.kubeletPort ?? 0 } },
    images: images(findings.images),
    // What the API server asks for before it lets a pod be resized (KEP-5328).
    declaredFeatures: ['InPlacePodLevelResourcesVerticalScaling', 'InPlacePodVerticalScalingInitContainers'],
    nodeInfo: {
      ...input.machine.info,
      containerRuntimeVersion: input.runtimeVersion,
      kubeletVersion: input.kubeletVersion,
      kubeProxyVersion: '',
    },
  };
}

function conditions(findings: NodeFindings, old: readonly NodeCondition[], nowMs: number): NodeCondition[] {
  const { notReady } = findings;
  const wanted = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    notReady === undefined
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', notReady],
  ] as const;
  const now = rfc3339(nowMs);
  const ours = wanted.map(([type, status, reason, message]) => {
    const before = old.find(c => c.type === type);
    const since = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: since ?? now };
  });
  const types: readonly string[] = wanted.map(([type]) => type);
  return [...old.filter(c => !types.includes(c.type)), ...ours];
}

function images(list: readonly Image[]): ContainerImage[] {
  return [...list]
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_IMAGES)
    .map(image => ({ names: [...image.repoDigests, ...image.repoTags], sizeBytes: image.sizeBytes }));
}

/** Whether only the heartbeat differs. */
export function isSameNodeStatus(a: NodeStatus | undefined, b: NodeStatus): boolean {
  const timeless = (status: NodeStatus | undefined) =>
    JSON.stringify({
      ...status,
      conditions: status?.conditions?.map(({ lastHeartbeatTime: _, ...condition }) => condition),
    });
  return timeless(a) === timeless(b);
}
