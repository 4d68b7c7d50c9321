import { matchesNodeTerm, matchesNodeTerms } from '../../api/core/node/selector-terms.ts';
import { normalise, type SchedulerPlugin, unresolvable } from '../plugin.ts';

/** nodeSelector and required node affinity filter; preferred node affinity adds its weights. */
export const nodeAffinity: SchedulerPlugin = {
  name: 'NodeAffinity',
  filter: pod => {
    const selector = Object.entries(pod.nodeSelector ?? {});
    const terms = pod.requiredNodeTerms;
    if (selector.length === 0 && !terms) return undefined;
    return node =>
      selector.every(([key, value]) => node.labels[key] === value) &&
      (!terms || matchesNodeTerms(terms, node))
        ? undefined
        : unresolvable("node(s) didn't match Pod's node affinity/selector");
  },
  score: {
    weight: 2,
    nodes: (pod, feasible) => {
      if (pod.preferredNodeTerms.length === 0) return undefined;
      return normalise(
        feasible.map(node =>
          pod.preferredNodeTerms.reduce(
            (sum, t) => sum + (matchesPreference(t.preference, node) ? t.weight : 0),
            0,
          ),
        ),
      );
    },
  },
  wakesOn: ['NodeAdded', 'NodeChanged', 'PodChanged'],
};

/** Unlike a required term, an empty preference matches every node. */
function matchesPreference(
  term: Parameters<typeof matchesNodeTerm>[0],
  node: Parameters<typeof matchesNodeTerm>[1],
): boolean {
  const empty = (term.matchExpressions ?? []).length + (term.matchFields ?? []).length === 0;
  return empty || matchesNodeTerm(term, node);
}
