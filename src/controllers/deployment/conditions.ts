/**
 * Conditions of a Deployment, with upstream's reasons and messages. A list is never changed; a
 * condition that says the same as before keeps its place and its times.
 */
import { rfc3339 } from '../../base/clock.ts';
import type { DeploymentCondition } from '../../generated/apps-v1.ts';

export type Conditions = readonly DeploymentCondition[];

export interface NewCondition {
  readonly type: 'Available' | 'Progressing' | 'ReplicaFailure';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export const conditionOf = (conditions: Conditions, type: NewCondition['type']) =>
  conditions.find(condition => condition.type === type);

export const withoutCondition = (conditions: Conditions, type: NewCondition['type']): Conditions =>
  conditions.filter(condition => condition.type !== type);

/** Status and reason decide whether it is new; a new one goes to the end. */
export function withCondition(conditions: Conditions, next: NewCondition, nowMs: number): Conditions {
  const current = conditionOf(conditions, next.type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  return replaceCondition(conditions, next, nowMs);
}

/** As withCondition, but lastUpdateTime moves even when status and reason stay: it made progress. */
export function replaceCondition(conditions: Conditions, next: NewCondition, nowMs: number): Conditions {
  const current = conditionOf(conditions, next.type);
  const now = rfc3339(nowMs);
  const lastTransitionTime = current?.status === next.status ? (current.lastTransitionTime ?? now) : now;
  return [...withoutCondition(conditions, next.type), { ...next, lastUpdateTime: now, lastTransitionTime }];
}

export const minimumAvailability = (reached: boolean): NewCondition =>
  reached
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };

const progressing = (status: NewCondition['status'], reason: string, message: string): NewCondition => ({
  type: 'Progressing',
  status,
  reason,
  message,
});

/** Reasons other code asks for. */
export const COMPLETE = 'NewReplicaSetAvailable';
export const TIMED_OUT = 'ProgressDeadlineExceeded';
export const PAUSED = 'DeploymentPaused';

export const newReplicaSetCreated = (name: string) =>
  progressing('True', 'NewReplicaSetCreated', `Created new replica set "${name}"`);
export const newReplicaSetFound = (name: string) =>
  progressing('True', 'FoundNewReplicaSet', `Found new replica set "${name}"`);
export const createFailed = (name: string, why: string) =>
  progressing('False', 'ReplicaSetCreateError', `Failed to create new replica set "${name}": ${why}`);
export const paused = progressing('Unknown', PAUSED, 'Deployment is paused');
export const resumed = progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed');

/** `what` is `ReplicaSet "x"`, or `Deployment "x"` while it has no new ReplicaSet. */
export const complete = (what: string) =>
  progressing('True', COMPLETE, `${what} has successfully progressed.`);
export const inProgress = (what: string) =>
  progressing('True', 'ReplicaSetUpdated', `${what} is progressing.`);
export const timedOut = (what: string) =>
  progressing('False', TIMED_OUT, `${what} has timed out progressing.`);
