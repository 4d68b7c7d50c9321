/** What `kubectl get pods` shows: READY, STATUS and RESTARTS are computed as upstream's printer does. */
import type { ContainerState, ContainerStatus, Pod } from '../../../generated/core-v1.ts';
import { age, column, name, timeSince, wide } from '../../columns.ts';
import type { RowCondition } from '../../kind.ts';

interface Summary {
  readonly ready: string;
  readonly status: string;
  readonly restarts: number;
  /** When a container last ended, of those whose restarts count. */
  readonly lastEnd: string | undefined;
}

/** Counts restarts, and remembers when the last one was due. */
class Restarts {
  count = 0;
  lastEnd: string | undefined;
  add({ restartCount, lastState }: ContainerStatus): void {
    this.count += restartCount;
    const end = lastState?.terminated?.finishedAt;
    if (end && (this.lastEnd === undefined || Date.parse(end) > Date.parse(this.lastEnd))) this.lastEnd = end;
  }
}

/** Why a terminated container says it ended. */
function endReason({ terminated }: ContainerState): string {
  if (terminated?.reason) return terminated.reason;
  return terminated?.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated?.exitCode}`;
}

const conditionIsTrue = (pod: Pod, type: string) =>
  pod.status?.conditions?.some(c => c.type === type && c.status === 'True') ?? false;

export function summarise(pod: Pod): Summary {
  const { status = {}, spec, metadata } = pod;
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(c => c.restartPolicy === 'Always').map(c => c.name),
  );
  const total = (spec.containers ?? []).length + sidecars.size;
  let reason = status.reason || (status.phase ?? '');
  if (status.conditions?.some(c => c.type === 'PodScheduled' && c.reason === 'SchedulingGated')) {
    reason = 'SchedulingGated';
  }
  const init = summariseInit(pod, sidecars);
  let { ready } = init;
  let restarts = init.all;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || conditionIsTrue(pod, 'Initialized')) {
    const main = summariseMain(pod, init.ofSidecars, reason);
    ready += main.ready;
    restarts = init.ofSidecars;
    reason = main.reason;
  }
  const terminal = status.phase === 'Succeeded' || status.phase === 'Failed';
  if (metadata.deletionTimestamp && status.reason === 'NodeLost') reason = 'Unknown';
  else if (metadata.deletionTimestamp && !terminal) reason = 'Terminating';
  return { ready: `${ready}/${total}`, status: reason, restarts: restarts.count, lastEnd: restarts.lastEnd };
}

interface InitSummary {
  readonly ready: number;
  /** Why initialisation has not ended; undefined when it has. */
  readonly reason: string | undefined;
  readonly all: Restarts;
  readonly ofSidecars: Restarts;
}

function summariseInit({ spec, status }: Pod, sidecars: ReadonlySet<string>): InitSummary {
  const all = new Restarts();
  const ofSidecars = new Restarts();
  let ready = 0;
  for (const [i, container] of (status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name);
    const { terminated, waiting } = container.state ?? {};
    all.add(container);
    if (sidecar) ofSidecars.add(container);
    if (terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    let reason = `${i}/${(spec.initContainers ?? []).length}`;
    if (terminated) reason = endReason({ terminated });
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') reason = waiting.reason;
    return { ready, reason: `Init:${reason}`, all, ofSidecars };
  }
  return { ready, reason: undefined, all, ofSidecars };
}

function summariseMain(pod: Pod, restarts: Restarts, before: string): { ready: number; reason: string } {
  let reason = before;
  let ready = 0;
  // From the last to the first, so that the first container's reason wins.
  for (const container of (pod.status?.containerStatuses ?? []).toReversed()) {
    const { waiting, terminated, running } = container.state ?? {};
    restarts.add(container);
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = endReason({ terminated });
    else if (container.ready && running) ready++;
  }
  if (reason === 'Completed' && ready > 0) reason = conditionIsTrue(pod, 'Ready') ? 'Running' : 'NotReady';
  return { ready, reason };
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter(g =>
    status?.conditions?.some(c => c.type === g.conditionType && c.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}

export const podColumns = [
  name,
  column<Pod>('Ready', pod => summarise(pod).ready),
  column<Pod>('Status', pod => summarise(pod).status),
  column<Pod>('Restarts', (pod, { nowMs }) => {
    const { restarts, lastEnd } = summarise(pod);
    return restarts > 0 && lastEnd ? `${restarts} (${timeSince(lastEnd, nowMs)} ago)` : `${restarts}`;
  }),
  age,
  wide<Pod>('IP', ({ status }) => status?.podIPs?.[0]?.ip || status?.podIP || '<none>'),
  wide<Pod>('Node', ({ spec }) => spec.nodeName || '<none>'),
  wide<Pod>('Nominated Node', ({ status }) => status?.nominatedNodeName || '<none>'),
  wide<Pod>('Readiness Gates', readinessGates),
];

const ENDS: Readonly<Record<string, string>> = {
  Succeeded: 'The pod has completed successfully.',
  Failed: 'The pod failed.',
};

/** Pods that will not run again: clients may leave them out. */
export function podRowConditions({ status }: Pod): readonly RowCondition[] {
  const reason = status?.phase ?? '';
  const message = ENDS[reason];
  return message === undefined ? [] : [{ type: 'Completed', status: 'True', reason, message }];
}
