/**
 * Joins the kubelet's status with what the API has: transition times, conditions and fields of
 * others, a terminal phase that must stay. Pure.
 */
import { rfc3339 } from '../../base/clock.ts';
import type { PodCondition, PodStatus } from '../../generated/core-v1.ts';
import { isTerminalPhase } from '../pods/pod.ts';
import { KUBELET_CONDITIONS } from './conditions.ts';

/** Fields of the status that others write; the kubelet hands them on. */
const FOREIGN = [
  'nominatedNodeName',
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
  'nodeAllocatableResourceClaimStatuses',
] as const;

/** The status to write over `old`, which is the API's. `nowMs` is wall-clock time, for what changes now. */
export function mergeStatus(next: PodStatus, old: PodStatus | undefined, nowMs: number): PodStatus {
  const merged: PodStatus = { ...next };
  for (const field of FOREIGN) if (old?.[field] !== undefined) Object.assign(merged, { [field]: old[field] });
  const before = new Map((old?.conditions ?? []).map(condition => [condition.type, condition]));
  const ours = (next.conditions ?? []).map(condition => dated(condition, before.get(condition.type), nowMs));
  const foreign = (old?.conditions ?? []).filter(c => !KUBELET_CONDITIONS.includes(c.type));
  merged.conditions = [...ours, ...foreign];
  if (old && isTerminalPhase(old.phase)) {
    merged.phase = old.phase;
    if (old.reason) merged.reason = old.reason;
    if (old.message) merged.message = old.message;
  }
  if (old?.startTime) merged.startTime = old.startTime;
  return merged;
}

function dated(condition: PodCondition, before: PodCondition | undefined, nowMs: number): PodCondition {
  const same = before?.status === condition.status && before.lastTransitionTime;
  return {
    ...condition,
    // Upstream's type has no way to leave this out; null is what clients see.
    lastProbeTime: null as unknown as undefined,
    lastTransitionTime: same ? before.lastTransitionTime : rfc3339(nowMs),
  };
}

/** Whether writing `next` over `old` would change anything; null is what an absent field is. */
export function isSameStatus(next: PodStatus, old: PodStatus | undefined): boolean {
  return JSON.stringify(canonical(next)) === JSON.stringify(canonical(old ?? {}));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined && v !== null);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, v]) => [key, canonical(v)]),
  );
}
