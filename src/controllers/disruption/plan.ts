/**
 * How many pods of a PodDisruptionBudget may be evicted now (API reference, PodDisruptionBudget;
 * the eviction subresource takes from `disruptionsAllowed`). Pure.
 */
import { rfc3339 } from '../../base/clock.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { Condition } from '../../generated/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../generated/policy-v1.ts';
import { scaledValue } from '../int-or-percent.ts';
import { isReady, isTerminating } from '../pod-management/pod-state.ts';

/** An eviction that was granted and has not led to a deletion by then is forgotten. */
const DISRUPTION_TIMEOUT_MS = 120_000;

export interface DisruptionSnapshot {
  readonly budget: PodDisruptionBudget;
  /** The pods it selects. */
  readonly pods: readonly Pod[];
  /** How many pods their controllers want in all. */
  readonly expectedScale: number;
  readonly nowMs: number;
}

export interface DisruptionPlan {
  /** Undefined: the status says so already. */
  readonly status: PodDisruptionBudgetStatus | undefined;
  /** When a granted eviction is forgotten. */
  readonly requeueAfterMs: number | undefined;
}

/** The status of a budget, and when it changes by itself. */
export function planDisruption(snapshot: DisruptionSnapshot): DisruptionPlan {
  const { budget, pods, nowMs } = snapshot;
  const { expectedPods, desiredHealthy } = expectations(snapshot);
  const disruptedPods = stillDisrupted(budget, pods, nowMs);
  const currentHealthy = pods.filter(
    pod => isReady(pod) && !isTerminating(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name ?? ''),
  ).length;
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const granted = Object.values(disruptedPods).map(time => Date.parse(time) + DISRUPTION_TIMEOUT_MS - nowMs);
  const status: PodDisruptionBudgetStatus = {
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed,
    expectedPods,
    observedGeneration: budget.metadata.generation,
    ...(granted.length > 0 ? { disruptedPods } : {}),
    conditions: withAllowed(budget, disruptionsAllowed > 0, nowMs),
  };
  return {
    status: deepEqual(status, budget.status) ? undefined : status,
    requeueAfterMs: granted.length > 0 ? Math.max(0, Math.min(...granted)) + 1 : undefined,
  };
}

function expectations({ budget, pods, expectedScale }: DisruptionSnapshot) {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    const unavailable = scaledValue(maxUnavailable, expectedScale, 'up');
    return { expectedPods: expectedScale, desiredHealthy: Math.max(0, expectedScale - unavailable) };
  }
  if (typeof minAvailable === 'string') {
    return {
      expectedPods: expectedScale,
      desiredHealthy: scaledValue(minAvailable, expectedScale, 'up'),
    };
  }
  return { expectedPods: pods.length, desiredHealthy: minAvailable ?? 0 };
}

/** Evictions that were granted, for pods that are there and not being deleted yet. */
function stillDisrupted(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  nowMs: number,
): Record<string, string> {
  const waiting = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, time]) => {
    const pod = pods.find(other => other.metadata.name === name);
    return pod && !isTerminating(pod) && Date.parse(time) + DISRUPTION_TIMEOUT_MS > nowMs;
  });
  return Object.fromEntries(waiting);
}

/** What cannot be calculated allows nothing. */
export function failedStatus(
  budget: PodDisruptionBudget,
  message: string,
  nowMs: number,
): PodDisruptionBudgetStatus {
  const condition = { status: 'False', reason: 'SyncFailed', message } as const;
  const none = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  return {
    ...none,
    ...budget.status,
    disruptionsAllowed: 0,
    conditions: withCondition(budget, condition, nowMs),
  };
}

function withAllowed(budget: PodDisruptionBudget, allowed: boolean, nowMs: number): Condition[] {
  return allowed
    ? withCondition(budget, { status: 'True', reason: 'SufficientPods', message: '' }, nowMs)
    : withCondition(budget, { status: 'False', reason: 'InsufficientPods', message: '' }, nowMs);
}

function withCondition(
  budget: PodDisruptionBudget,
  condition: Pick<Condition, 'status' | 'reason' | 'message'>,
  nowMs: number,
): Condition[] {
  const old = budget.status?.conditions ?? [];
  const { status } = condition;
  const known = old.find(({ type }) => type === 'DisruptionAllowed');
  const next: Condition = {
    type: 'DisruptionAllowed',
    ...condition,
    observedGeneration: budget.metadata.generation,
    lastTransitionTime: known?.status === status ? known.lastTransitionTime : rfc3339(nowMs),
  };
  return [...old.filter(({ type }) => type !== next.type), next];
}
