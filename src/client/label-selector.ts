/**
 * Label selectors as objects carry them (metav1.LabelSelector), compiled once and then asked of
 * many label sets. Rules: API reference, LabelSelector. A selector that is absent matches
 * nothing, an empty one everything. A requirement with an operator that is not known matches
 * nothing: the API server refuses such objects, and guessing would select too much.
 */
import type { LabelSelector, LabelSelectorRequirement } from '../generated/meta-v1.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;

const NO_LABELS: Labels = {};

export function compileLabelSelector(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return () => false;
  const pairs = Object.entries(selector.matchLabels ?? {});
  const requirements = (selector.matchExpressions ?? []).map(compileRequirement);
  return (labels = NO_LABELS) =>
    pairs.every(([key, value]) => labels[key] === value) && requirements.every(matches => matches(labels));
}

/** A map selector, as Services and ReplicationControllers have it; an empty one matches nothing. */
export function compileMapSelector(selector: Labels | undefined): LabelMatcher {
  if (!selector || Object.keys(selector).length === 0) return () => false;
  return compileLabelSelector({ matchLabels: { ...selector } });
}

export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    !!selector &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

function compileRequirement(requirement: LabelSelectorRequirement): (labels: Labels) => boolean {
  const { key, operator } = requirement;
  const values = new Set(requirement.values ?? []);
  switch (operator) {
    case 'In':
      return labels => labels[key] !== undefined && values.has(labels[key]);
    case 'NotIn':
      return labels => labels[key] === undefined || !values.has(labels[key]);
    case 'Exists':
      return labels => labels[key] !== undefined;
    case 'DoesNotExist':
      return labels => labels[key] === undefined;
    default:
      return () => false;
  }
}
