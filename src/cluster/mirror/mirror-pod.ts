/**
 * A component of Peapod as a Pod in kube-system: what `kubectl get pods -n kube-system` shows. The
 * pod mirrors what runs inside the server's process (hence the annotation, with which kubelets
 * leave it alone); its readiness is the component's health, its restarts are the server's.
 */
import { createHash } from 'node:crypto';
import { MIRROR_POD_ANNOTATION } from '../../api/well-known.ts';
import type { Pod, PodCondition, PodStatus } from '../../generated/core-v1.ts';
import type { ComponentHealth } from '../server/component.ts';

export const MIRROR_NAMESPACE = 'kube-system';

export interface MirroredComponent {
  readonly name: string;
  readonly nodeName: string;
  readonly nodeAddress: string;
  readonly version: string;
}

export const mirrorPodName = ({ name, nodeName }: Pick<MirroredComponent, 'name' | 'nodeName'>): string =>
  `${name}-${nodeName}`;

export function mirrorPod(component: MirroredComponent): Pod {
  const { name, nodeName, version } = component;
  const hash = createHash('sha256').update(`${name} ${version}`).digest('hex').slice(0, 32);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: mirrorPodName(component),
      namespace: MIRROR_NAMESPACE,
      labels: { component: name, tier: 'control-plane' },
      annotations: {
        [MIRROR_POD_ANNOTATION]: hash,
        'kubernetes.io/config.hash': hash,
        'kubernetes.io/config.source': 'file',
      },
    },
    spec: {
      nodeName,
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      enableServiceLinks: false,
      tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
      containers: [
        { name, image: image(version), imagePullPolicy: 'IfNotPresent', command: ['peapod', 'server'] },
      ],
    },
  };
}

export interface MirrorStatusInput {
  readonly component: MirroredComponent;
  readonly health: ComponentHealth;
  /** RFC 3339: when the server's process started. */
  readonly startedAt: string;
  readonly restartCount: number;
  readonly pid: number;
  /** RFC 3339, for conditions that change now. */
  readonly now: string;
  readonly previous: PodStatus | undefined;
}

export function mirrorPodStatus(input: MirrorStatusInput): PodStatus {
  const { component, health, startedAt, restartCount, pid, now, previous } = input;
  const { nodeAddress, name, version } = component;
  const ready = health.healthy;
  const reason = { reason: 'ContainersNotReady', message: health.message };
  const condition = (type: string, status: boolean, why: Partial<PodCondition> = {}): PodCondition => {
    const text = status ? 'True' : 'False';
    const before = previous?.conditions?.find(c => c.type === type);
    const lastTransitionTime = before?.status === text ? before.lastTransitionTime : now;
    return { type, status: text, lastTransitionTime, observedGeneration: 1, ...(status ? {} : why) };
  };
  return {
    observedGeneration: 1,
    phase: 'Running',
    conditions: [
      condition('PodReadyToStartContainers', true),
      condition('Initialized', true),
      condition('Ready', ready, reason),
      condition('ContainersReady', ready, reason),
      condition('PodScheduled', true),
    ],
    hostIP: nodeAddress,
    hostIPs: [{ ip: nodeAddress }],
    podIP: nodeAddress,
    podIPs: [{ ip: nodeAddress }],
    startTime: previous?.startTime ?? startedAt,
    qosClass: 'BestEffort',
    containerStatuses: [
      {
        name,
        image: image(version),
        imageID: '',
        containerID: `peapod://${pid}`,
        ready,
        started: true,
        restartCount,
        state: { running: { startedAt } },
      },
    ],
  };
}

const image = (version: string): string => `peapod:${version.replace('+', '-')}`;
