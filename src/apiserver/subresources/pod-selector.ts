/** A LabelSelector of an object as a predicate. A selector that is absent selects nothing. */
import { matchesLabels, type Requirement } from '../../api/selectors/labels.ts';
import type { LabelSelector } from '../../generated/meta-v1.ts';

const OPERATORS: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

export function parseLabelRequirements(
  selector: LabelSelector | undefined,
): (labels: Readonly<Record<string, string>>) => boolean {
  if (!selector) return () => false;
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: '=',
    values: [value],
  }));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const known = OPERATORS[operator];
    if (!known) return () => false;
    requirements.push({ key, operator: known, values });
  }
  return labels => matchesLabels(requirements, labels);
}
