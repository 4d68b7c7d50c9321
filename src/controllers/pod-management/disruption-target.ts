/** The condition DisruptionTarget: a pod that is ended for others' sake says why (KEP-3329). Pure. */
import { rfc3339 } from '../../base/clock.ts';
import type { Pod, PodCondition } from '../../generated/core-v1.ts';

/** The pod with the condition, in place of an earlier one. `nowMs` is wall-clock time. */
export function withDisruptionTarget(
  pod: Pod,
  why: { readonly reason: string; readonly message: string },
  nowMs: number,
): Pod {
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    ...why,
    lastTransitionTime: rfc3339(nowMs),
  };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
