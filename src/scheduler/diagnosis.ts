/**
 * The text of a FailedScheduling event and of the PodScheduled condition, which people know by
 * heart: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable. …`.
 */
import type { Unschedulable } from './cycle.ts';

/** What came of the thought of having other pods evicted for the pod. */
export type PreemptionOutcome =
  | { readonly kind: 'victims' }
  /** Nobody's going would help. */
  | { readonly kind: 'none' }
  /** `why` is upstream's sentence (preemption.ts, preemptionIneligibility). */
  | { readonly kind: 'ineligible'; readonly why: string };

/** The message of PodScheduled=False and of the event FailedScheduling, in upstream's words. */
export function describeUnschedulable(
  result: Unschedulable,
  nodeCount: number,
  preemption: PreemptionOutcome,
): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const head = `0/${nodeCount} nodes are available`;
  const [ofPod] = [...result.rejections.values()].flatMap(r => r.ofPod ?? []);
  if (ofPod !== undefined) return `${head}: ${ofPod}`;
  const reasons = tally([...result.rejections.values()].flatMap(r => r.reasons));
  if (preemption.kind === 'victims') return `${head}: ${reasons}.`;
  const why = preemption.kind === 'none' ? `${head}: ${preemptionPart(result)}.` : preemption.why;
  return `${head}: ${reasons}. no new claims to deallocate, preemption: ${why}`;
}

/** A node where removing pods might have helped had none of lower priority. */
function preemptionPart(result: Unschedulable): string {
  return tally(
    [...result.rejections.values()].map(r =>
      r.resolvable
        ? 'No preemption victims found for incoming pod'
        : 'Preemption is not helpful for scheduling',
    ),
  );
}

/** `2 a, 1 b`, sorted by the whole text as upstream does. */
function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const r of reasons) counts.set(r, (counts.get(r) ?? 0) + 1);
  return [...counts]
    .map(([reason, n]) => `${n} ${reason}`)
    .sort()
    .join(', ');
}
