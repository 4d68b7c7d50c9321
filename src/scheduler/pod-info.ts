/**
 * What the scheduler needs to know of a pod, worked out once per object: objects from the cache
 * never change, so the result is kept in a WeakMap beside them.
 */
import type {
  NodeSelectorTerm,
  Pod,
  PodAffinityTerm,
  PreferredSchedulingTerm,
  Toleration,
  TopologySpreadConstraint,
  WeightedPodAffinityTerm,
} from '../generated/core-v1.ts';
import { podRequests, type Resources } from './resources.ts';

export interface PodInfo {
  readonly pod: Pod;
  readonly key: string;
  readonly uid: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  /** What the pod takes from a node: requests of its containers, by upstream's rules. */
  readonly requests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  readonly nodeSelector: Readonly<Record<string, string>> | undefined;
  readonly requiredNodeTerms: readonly NodeSelectorTerm[] | undefined;
  readonly preferredNodeTerms: readonly PreferredSchedulingTerm[];
  readonly requiredAffinity: readonly PodAffinityTerm[];
  readonly requiredAntiAffinity: readonly PodAffinityTerm[];
  readonly preferredAffinity: readonly WeightedPodAffinityTerm[];
  readonly preferredAntiAffinity: readonly WeightedPodAffinityTerm[];
  readonly tolerations: readonly Toleration[];
  readonly spread: readonly TopologySpreadConstraint[];
  readonly terminating: boolean;
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

const known = new WeakMap<Pod, PodInfo>();

export function podInfo(pod: Pod): PodInfo {
  let info = known.get(pod);
  if (!info) {
    info = compute(pod);
    known.set(pod, info);
  }
  return info;
}

function compute(pod: Pod): PodInfo {
  const { metadata, spec } = pod;
  const affinity = spec.affinity;
  // Sidecars (restartable init containers) hold their ports as long as the pod lives.
  const lasting = [
    ...(spec.initContainers ?? []).filter(c => c.restartPolicy === 'Always'),
    ...spec.containers,
  ];
  return {
    pod,
    key: `${metadata.namespace ?? ''}/${metadata.name ?? ''}`,
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    labels: metadata.labels ?? {},
    priority: spec.priority ?? 0,
    requests: podRequests(pod),
    hostPorts: lasting.flatMap(c =>
      (c.ports ?? [])
        .filter(p => (p.hostPort ?? 0) > 0)
        .map(p => ({ ip: p.hostIP || '0.0.0.0', protocol: p.protocol ?? 'TCP', port: p.hostPort ?? 0 })),
    ),
    images: [...(spec.initContainers ?? []), ...spec.containers].map(c => c.image ?? ''),
    nodeSelector: spec.nodeSelector,
    requiredNodeTerms:
      affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    preferredNodeTerms: affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
    requiredAffinity: affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    requiredAntiAffinity: affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    preferredAffinity: affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
    preferredAntiAffinity: affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [],
    tolerations: spec.tolerations ?? [],
    spread: spec.topologySpreadConstraints ?? [],
    terminating: metadata.deletionTimestamp !== undefined,
  };
}
