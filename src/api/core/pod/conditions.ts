/** Conditions that the server itself sets in the status of pods. */
import type { PodCondition, PodStatus } from '../../../generated/core-v1.ts';

/**
 * Puts `condition` where the one of its type stood, else last. The time of the transition stays
 * while the status does. Changes `status`.
 */
export function setPodCondition(status: PodStatus, condition: PodCondition): void {
  const conditions = [...(status.conditions ?? [])];
  const index = conditions.findIndex(c => c.type === condition.type);
  const before = conditions[index];
  if (!before) conditions.push(condition);
  else if (before.status !== condition.status) conditions[index] = condition;
  else conditions[index] = { ...condition, lastTransitionTime: before.lastTransitionTime };
  status.conditions = conditions;
}
