/**
 * Pod affinity and anti-affinity: required terms of the newcomer, required anti-affinity of the
 * pods that are there (it works both ways), and the preferred terms of both sides as a score.
 *
 * Counts are made once a cycle over all pods by topology domain (key and value); nodes are then
 * answered from two or three map look-ups.
 */
import { type MatchedTerm, matchedTerm } from '../affinity-term.ts';
import type { Snapshot } from '../cluster-state.ts';
import type { NodeInfo } from '../node-info.ts';
import { type NodeFilter, resolvable, type SchedulerPlugin, unresolvable } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';

export const interPodAffinity: SchedulerPlugin = {
  name: 'InterPodAffinity',
  filter,
  score: { weight: 2, nodes: score },
  wakesOn: ['NodeAdded', 'NodeChanged', 'PodAssigned', 'PodGone', 'PodChanged', 'NamespaceChanged'],
};

type Domains = Map<string, number>;
const domain = (key: string, node: NodeInfo): string | undefined => {
  const value = node.labels[key];
  return value === undefined ? undefined : `${key}\0${value}`;
};

function count(domains: Domains, key: string, node: NodeInfo, by: number): void {
  const d = domain(key, node);
  if (d !== undefined) domains.set(d, (domains.get(d) ?? 0) + by);
}

function filter(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined {
  const refusing = refusedDomains(pod, snapshot);
  const wanted = pod.requiredAffinity.map(t => matchedTerm(t, pod, snapshot));
  const unwanted = pod.requiredAntiAffinity.map(t => matchedTerm(t, pod, snapshot));
  if (refusing.size === 0 && wanted.length === 0 && unwanted.length === 0) return undefined;

  const wantedIn: Domains = new Map();
  const unwantedIn: Domains = new Map();
  if (wanted.length + unwanted.length > 0) {
    for (const node of snapshot.nodes) {
      for (const other of node.pods.values()) {
        if (other.terminating && other.pod.status?.phase !== 'Running') continue;
        // All required terms must hold for the same pod, as upstream counts them.
        if (wanted.length > 0 && wanted.every(t => t.matches(other)))
          for (const t of wanted) count(wantedIn, t.topologyKey, node, 1);
        for (const t of unwanted) if (t.matches(other)) count(unwantedIn, t.topologyKey, node, 1);
      }
    }
  }
  // The first pod of a group that wants to be near itself may go anywhere (with the topology key).
  const firstOfGroup = wantedIn.size === 0 && wanted.length > 0 && wanted.every(t => t.matches(pod));

  return node => {
    const has = (domains: Domains, t: MatchedTerm) => {
      const d = domain(t.topologyKey, node);
      return d !== undefined && (domains.get(d) ?? 0) > 0;
    };
    const keysPresent = wanted.every(t => node.labels[t.topologyKey] !== undefined);
    if (!keysPresent || !(firstOfGroup || wanted.every(t => has(wantedIn, t)))) {
      return unresolvable("node(s) didn't match pod affinity rules");
    }
    if (unwanted.some(t => has(unwantedIn, t)))
      return resolvable("node(s) didn't match pod anti-affinity rules");
    for (const d of refusing.keys()) {
      const [key = ''] = d.split('\0');
      if (domain(key, node) === d)
        return resolvable("node(s) didn't satisfy existing pods anti-affinity rules");
    }
    return undefined;
  };
}

/** Domains where a pod that is there does not want this one. */
function refusedDomains(pod: PodInfo, snapshot: Snapshot): Domains {
  const refusing: Domains = new Map();
  for (const node of snapshot.nodes) {
    for (const other of node.antiAffine.values()) {
      for (const term of other.requiredAntiAffinity) {
        const t = matchedTerm(term, other, snapshot);
        if (t.matches(pod)) count(refusing, t.topologyKey, node, 1);
      }
    }
  }
  return refusing;
}

/** Upstream's weight of a required affinity term of a pod that is there. */
const HARD_AFFINITY_WEIGHT = 1;

function score(
  pod: PodInfo,
  feasible: readonly NodeInfo[],
  snapshot: Snapshot,
): readonly number[] | undefined {
  const pull: Domains = new Map();
  const preferences = [
    ...pod.preferredAffinity.map(t => ({
      term: matchedTerm(t.podAffinityTerm, pod, snapshot),
      weight: t.weight,
    })),
    ...pod.preferredAntiAffinity.map(t => ({
      term: matchedTerm(t.podAffinityTerm, pod, snapshot),
      weight: -t.weight,
    })),
  ];
  for (const node of snapshot.nodes) {
    if (preferences.length > 0) {
      for (const other of node.pods.values()) {
        for (const { term, weight } of preferences)
          if (term.matches(other)) count(pull, term.topologyKey, node, weight);
      }
    }
    for (const other of node.affine.values()) {
      const theirs = [
        ...other.requiredAffinity.map(t => ({ t, weight: HARD_AFFINITY_WEIGHT })),
        ...other.preferredAffinity.map(t => ({ t: t.podAffinityTerm, weight: t.weight })),
        ...other.preferredAntiAffinity.map(t => ({ t: t.podAffinityTerm, weight: -t.weight })),
      ];
      for (const { t, weight } of theirs) {
        const term = matchedTerm(t, other, snapshot);
        if (term.matches(pod)) count(pull, term.topologyKey, node, weight);
      }
    }
  }
  if (pull.size === 0) return undefined;
  const keys = new Set([...pull.keys()].map(d => d.split('\0')[0] ?? ''));
  const raw = feasible.map(node =>
    [...keys].reduce((sum, key) => sum + (pull.get(domain(key, node) ?? '') ?? 0), 0),
  );
  const [min, max] = [Math.min(...raw), Math.max(...raw)];
  return raw.map(s => (max === min ? 0 : Math.floor((100 * (s - min)) / (max - min))));
}
