/**
 * Spreads pods over topology domains (KEP-895): DoNotSchedule constraints filter, ScheduleAnyway
 * ones score, and pods of a Service or ReplicaSet without constraints of their own are spread over
 * hostnames and zones by default, as upstream's system defaults do.
 */
import { matchesNodeTerms } from '../../api/core/node/selector-terms.ts';
import { isTolerated } from '../../api/core/node/tolerations.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../../api/well-known.ts';
import { compileLabelSelector } from '../../client/label-selector.ts';
import type { TopologySpreadConstraint } from '../../generated/core-v1.ts';
import type { LabelSelector } from '../../generated/meta-v1.ts';
import type { Snapshot } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import { type NodeFilter, resolvable, type SchedulerPlugin, unresolvable } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';

export const podTopologySpread: SchedulerPlugin = {
  name: 'PodTopologySpread',
  filter,
  score: { weight: 2, nodes: score },
  wakesOn: ['NodeAdded', 'NodeChanged', 'PodAssigned', 'PodGone', 'PodChanged'],
};

interface Constraint {
  readonly key: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly matches: (other: PodInfo) => boolean;
  readonly matchesSelf: boolean;
  readonly counts: (node: NodeInfo) => boolean;
}

function filter(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined {
  const constraints = pod.spread
    .filter(c => c.whenUnsatisfiable === 'DoNotSchedule')
    .map(c => constraint(c, pod));
  if (constraints.length === 0) return undefined;
  const keys = constraints.map(c => c.key);
  const perDomain = constraints.map(c => countByDomain(c, keys, snapshot.nodes));
  const minimum = constraints.map((c, i) => {
    const counts = [...(perDomain[i]?.values() ?? [])];
    return counts.length < c.minDomains || counts.length === 0 ? 0 : Math.min(...counts);
  });
  return node => {
    for (const [i, c] of constraints.entries()) {
      const value = node.labels[c.key];
      if (value === undefined)
        return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
      const there = perDomain[i]?.get(value) ?? 0;
      if (there + (c.matchesSelf ? 1 : 0) - (minimum[i] ?? 0) > c.maxSkew) {
        return resolvable("node(s) didn't match pod topology spread constraints");
      }
    }
    return undefined;
  };
}

function score(
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  snapshot: Snapshot,
): readonly number[] | undefined {
  const own = pod.spread.filter(c => c.whenUnsatisfiable === 'ScheduleAnyway');
  const constraints = (pod.spread.length > 0 ? own : defaultConstraints(pod)).map(c => constraint(c, pod));
  if (constraints.length === 0) return undefined;
  // With the system defaults a missing zone label does not exclude a node.
  const keys = pod.spread.length > 0 ? constraints.map(c => c.key) : [];
  const perDomain = constraints.map(c => countByDomain(c, keys, snapshot.nodes));
  const raw = feasible.map(node => {
    let sum = 0;
    for (const [i, c] of constraints.entries()) {
      const value = node.labels[c.key];
      if (value === undefined) {
        if (keys.length > 0) return undefined;
        continue;
      }
      const domains = perDomain[i] ?? new Map<string, number>();
      // Fewer domains weigh less, so that hostnames do not drown zones.
      sum += (domains.get(value) ?? 0) * Math.log(domains.size + 2) + (c.maxSkew - 1);
    }
    return sum;
  });
  const known = raw.filter(s => s !== undefined);
  if (known.length === 0) return raw.map(() => 0);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return raw.map(s => (s === undefined ? 0 : max === 0 ? 100 : Math.floor((100 * (max + min - s)) / max)));
}

function constraint(c: TopologySpreadConstraint, pod: PodInfo): Constraint {
  const base = c.labelSelector ? compileLabelSelector(c.labelSelector) : () => false;
  const same = (c.matchLabelKeys ?? []).filter(k => k in pod.labels);
  const matches = (other: PodInfo) =>
    other.namespace === pod.namespace &&
    !other.terminating &&
    base(other.labels) &&
    same.every(k => other.labels[k] === pod.labels[k]);
  return {
    key: c.topologyKey,
    maxSkew: c.maxSkew,
    minDomains: c.minDomains ?? 1,
    matches,
    matchesSelf: base(pod.labels),
    counts: node => honoured(c, pod, node),
  };
}

/** nodeAffinityPolicy (default Honor) and nodeTaintsPolicy (default Ignore), KEP-3094. */
function honoured(c: TopologySpreadConstraint, pod: PodInfo, node: NodeInfo): boolean {
  if ((c.nodeAffinityPolicy ?? 'Honor') === 'Honor') {
    const selected = Object.entries(pod.nodeSelector ?? {}).every(([k, v]) => node.labels[k] === v);
    if (!selected || (pod.requiredNodeTerms && !matchesNodeTerms(pod.requiredNodeTerms, node))) return false;
  }
  if (c.nodeTaintsPolicy !== 'Honor') return true;
  return (node.node.spec?.taints ?? []).every(
    t => t.effect === 'PreferNoSchedule' || isTolerated(t, pod.tolerations),
  );
}

/** Pods matching the constraint in each domain; nodes without all keys do not count. */
function countByDomain(
  c: Constraint,
  keys: readonly string[],
  nodes: readonly NodeInfo[],
): Map<string, number> {
  const out = new Map<string, number>();
  for (const node of nodes) {
    const value = node.labels[c.key];
    if (value === undefined || keys.some(k => node.labels[k] === undefined) || !c.counts(node)) continue;
    let n = 0;
    for (const other of node.pods.values()) if (c.matches(other)) n++;
    out.set(value, (out.get(value) ?? 0) + n);
  }
  return out;
}

/**
 * Upstream spreads the pods of one Service, ReplicaSet or StatefulSet by its selector. The labels a
 * controller stamped on its pods say the same without looking the owner up, so those select here.
 */
function defaultConstraints(pod: PodInfo): TopologySpreadConstraint[] {
  if (
    !(pod.pod.metadata.ownerReferences ?? []).some(o => o.controller) ||
    Object.keys(pod.labels).length === 0
  )
    return [];
  const labelSelector: LabelSelector = { matchLabels: { ...pod.labels } };
  return [
    { maxSkew: 3, topologyKey: HOSTNAME_LABEL, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
    { maxSkew: 5, topologyKey: ZONE_LABEL, whenUnsatisfiable: 'ScheduleAnyway', labelSelector },
  ];
}
