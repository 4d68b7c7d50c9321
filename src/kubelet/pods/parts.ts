/** What pod workers are given: the parts of a kubelet that they share. */
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { ResourceClient } from '../../client/contract.ts';
import { type EventRecorder, type EventType, referenceTo } from '../../client/event-recorder.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { NodeCapacity } from '../cgroups/container-resources.ts';
import type { PodCgroups } from '../cgroups/pod-cgroups.ts';
import type { DnsFacts } from '../config/dns.ts';
import type { DownwardFacts } from '../config/field-ref.ts';
import type { ConfigSources } from '../config/sources.ts';
import type { ContainerRuntime } from '../cri/contract.ts';
import type { Directories } from '../directories.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { OperatingSystem } from '../os.ts';
import type { ProbeKind, ProbeManager } from '../probes/probe-manager.ts';
import type { ProbeOutcome } from '../probes/run-probe.ts';
import type { StatusWriter } from '../status/status-writer.ts';
import type { VolumeManager } from '../volumes/volume-manager.ts';
import { fieldPathOf, type NodePod } from './pod.ts';
import type { RuntimeCache } from './runtime-cache.ts';

export interface Parts {
  readonly runtime: ContainerRuntime;
  readonly cache: RuntimeCache;
  readonly pods: ResourceClient<Pod>;
  readonly status: StatusWriter;
  readonly recorder: EventRecorder;
  readonly volumes: VolumeManager;
  readonly images: ImagePuller;
  readonly probes: ProbeManager;
  readonly cgroups: PodCgroups;
  readonly sources: ConfigSources;
  readonly node: NodeFacts;
  readonly os: OperatingSystem;
  readonly dirs: Directories;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Awaited before a pod's containers are told to stop, so that traffic has left it. */
  readonly beforeStop: (pod: NodePod) => Promise<void>;
}

export interface WorkerParts extends Parts {
  /** Aborted when the kubelet ends: the end of a pod is then left to the next kubelet. */
  readonly leaving: AbortSignal;
}

/** What pods are told of the node. */
interface NodeFacts {
  readonly ips: readonly string[];
  readonly capacity: NodeCapacity;
  readonly allocatable: () => Readonly<Record<string, string>>;
  readonly dns: DnsFacts;
  /** Whether the kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
  /** The node's own /etc/hosts. */
  readonly hostsFile: string;
}

export function downwardFacts(parts: Parts, podIPs: readonly string[]): DownwardFacts {
  return { nodeIPs: parts.node.ips, podIPs, allocatable: parts.node.allocatable() };
}

/** Records an event about the pod, or about one of its containers. */
export function podEvent(parts: Parts, pod: NodePod, container?: string) {
  const field = container === undefined ? undefined : fieldPathOf(pod, container);
  return (type: EventType, reason: string, message: string): void =>
    parts.recorder.event(
      referenceTo({ apiVersion: 'v1', kind: 'Pod', ...pod }, field),
      type,
      reason,
      message,
    );
}

/** What upstream says of a probe that did not succeed. */
export function unhealthyEvent(
  parts: Parts,
  pod: NodePod,
  container: string,
  kind: ProbeKind,
  { result, output }: ProbeOutcome,
): void {
  const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  const event = podEvent(parts, pod, container);
  if (result === 'failure') event('Warning', 'Unhealthy', `${name} probe failed: ${output}`);
  else if (result === 'warning') event('Warning', 'ProbeWarning', `${name} probe warning: ${output}`);
  else event('Warning', 'Unhealthy', `${name} probe errored and resulted in unknown state: ${output}`);
}
