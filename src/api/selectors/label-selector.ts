/**
 * LabelSelector objects, as specs carry them: compiled to the requirements of the string form.
 * A missing selector matches nothing, an empty one everything (API reference: LabelSelector v1).
 */
import type { LabelSelector } from '../../generated/meta-v1.ts';
import {
  formatRequirements,
  matchesLabels,
  type Operator,
  type Requirement,
  SelectorError,
} from './labels.ts';

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/** Undefined: matches nothing. Unknown operators, which validation keeps out, match nothing either. */
export function compileLabelSelector(
  selector: LabelSelector | null | undefined,
): readonly Requirement[] | undefined {
  if (!selector) return undefined;
  const out: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const known = OPERATORS.get(operator);
    if (!known) return undefined;
    out.push({ key, operator: known, values: values ?? [] });
  }
  return out;
}

export function labelSelectorMatches(
  selector: LabelSelector | null | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const requirements = compileLabelSelector(selector);
  return requirements !== undefined && matchesLabels(requirements, labels);
}

/**
 * The string form (Scale's status.selector). Empty for a selector that matches everything or nothing.
 * Throws SelectorError for an operator that there is not.
 */
export function labelSelectorString(selector: LabelSelector | null | undefined): string {
  const bad = selector?.matchExpressions?.find(({ operator }) => !OPERATORS.has(operator));
  if (bad) throw new SelectorError(`${JSON.stringify(bad.operator)} is not a valid label selector operator`);
  return formatRequirements(compileLabelSelector(selector) ?? []);
}
