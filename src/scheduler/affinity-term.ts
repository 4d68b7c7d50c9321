/** Whether a pod is one an affinity term speaks of (API reference: PodAffinityTerm). */
import { compileLabelSelector, type LabelMatcher } from '../client/label-selector.ts';
import type { PodAffinityTerm } from '../generated/core-v1.ts';
import type { Snapshot } from './cluster-state.ts';
import type { PodInfo } from './pod-info.ts';

export interface MatchedTerm {
  readonly topologyKey: string;
  readonly matches: (other: PodInfo) => boolean;
}

/** `owner` is the pod the term stands in; its namespace counts where the term names none. */
export function matchedTerm(
  term: PodAffinityTerm,
  owner: PodInfo,
  snapshot: Pick<Snapshot, 'namespaceLabels'>,
): MatchedTerm {
  const selector = withMatchLabelKeys(term, owner);
  const named = term.namespaces ?? [];
  const bySelector = term.namespaceSelector ? compileLabelSelector(term.namespaceSelector) : undefined;
  const inNamespace = (namespace: string): boolean => {
    if (named.includes(namespace)) return true;
    if (bySelector) return bySelector(snapshot.namespaceLabels(namespace));
    return named.length === 0 && namespace === owner.namespace;
  };
  return {
    topologyKey: term.topologyKey,
    matches: other => inNamespace(other.namespace) && selector(other.labels),
  };
}

/** matchLabelKeys and mismatchLabelKeys take their values from the owner (KEP-3633). */
function withMatchLabelKeys(term: PodAffinityTerm, owner: PodInfo): LabelMatcher {
  // A term without selector matches no pod; an empty selector matches every pod.
  if (!term.labelSelector) return () => false;
  const base = compileLabelSelector(term.labelSelector);
  const same = (term.matchLabelKeys ?? []).filter(k => k in owner.labels);
  const other = (term.mismatchLabelKeys ?? []).filter(k => k in owner.labels);
  if (same.length + other.length === 0) return base;
  return (labels = {}) =>
    base(labels) &&
    same.every(k => labels[k] === owner.labels[k]) &&
    other.every(k => labels[k] !== owner.labels[k]);
}
