/**
 * Label selectors as objects carry them, compiled once and then asked of many label sets. The
 * rules are api/selectors'; this is the form listers and plans want. A selector that is absent
 * matches nothing, an empty LabelSelector everything, an empty map (Service) nothing.
 */
import { compileLabelSelector as compileRequirements } from '../api/selectors/label-selector.ts';
import { matchesLabels } from '../api/selectors/labels.ts';
import type { LabelSelector } from '../generated/meta-v1.ts';

export type Labels = Readonly<Record<string, string>>;
export type LabelMatcher = (labels: Labels | undefined) => boolean;

const matchesNothing: LabelMatcher = () => false;

/** Selectors of cached objects never change, and are asked for again with every event. */
const compiled = new WeakMap<object, LabelMatcher>();

/**
 * A selector ready to be asked many times. Absent or malformed, it selects nothing; empty, everything.
 */
export function compileLabelSelector(selector: LabelSelector | undefined): LabelMatcher {
  if (!selector) return matchesNothing;
  return remembered(selector, () => {
    const requirements = compileRequirements(selector);
    return requirements ? labels => matchesLabels(requirements, labels) : matchesNothing;
  });
}

/** A map selector, as Services and ReplicationControllers have it. */
export function compileMapSelector(selector: Labels | undefined): LabelMatcher {
  if (!selector || Object.keys(selector).length === 0) return matchesNothing;
  return remembered(selector, () => compileLabelSelector({ matchLabels: { ...selector } }));
}

function remembered(selector: object, compile: () => LabelMatcher): LabelMatcher {
  const known = compiled.get(selector);
  if (known) return known;
  const matcher = compile();
  if (Object.isFrozen(selector)) compiled.set(selector, matcher);
  return matcher;
}

/** There and without a requirement: it selects everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    !!selector &&
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}
