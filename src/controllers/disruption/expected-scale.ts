/**
 * How many pods the owners of a budget's pods want in all, for budgets that are not an absolute minimum
 * (upstream: getExpectedScale). Pure.
 */

import { controllerOf } from '../../client/owner-reference.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { LabelSelector, OwnerReference } from '../../generated/meta-v1.ts';
import type { PodDisruptionBudget } from '../../generated/policy-v1.ts';

/** Who decides how many pods there are: its uid and its number. Undefined: it is not there. @throws Error for kinds without a scale */
export type ScaleFinder = (
  owner: OwnerReference,
  pod: Pod,
) => readonly [uid: string, replicas: number] | undefined;

export interface ExpectedScale {
  readonly scale: number;
  /** Some pods have no controller: they are not counted. */
  readonly hasUnmanaged: boolean;
}

/** The pod's owner is not there, or not seen yet. */
export class MissingOwnerError extends Error {
  override readonly name = 'MissingOwnerError';
  constructor(pod: Pod) {
    super(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
  }
}

/** A plain number of healthy pods needs to know nothing of owners. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';

/** @throws Error, whose message the budget's condition shows, when an owner's number cannot be known */
export function expectedScale(pods: readonly Pod[], find: ScaleFinder): ExpectedScale {
  const scales = new Map<string, number>();
  let hasUnmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      hasUnmanaged = true;
      continue;
    }
    const found = find(owner, pod);
    if (!found) throw new MissingOwnerError(pod);
    scales.set(...found);
  }
  return { scale: [...scales.values()].reduce((sum, replicas) => sum + replicas, 0), hasUnmanaged };
}

/** The warning about pods without a controller. The selector stands in it as Go prints one. */
export function unmanagedMessage({ spec }: PodDisruptionBudget): string {
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${goSelector(spec?.selector)}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}

function goSelector(selector: LabelSelector | undefined): string {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
