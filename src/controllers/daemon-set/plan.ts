/**
 * What a DaemonSet needs: one pod on every node that fits, the new template brought to one node
 * after another. Pure.
 *
 * A node's pod is replaced only after it has gone, unless the update may surge; at most
 * maxUnavailable nodes are without an available pod because of an update.
 */
import type { DaemonSet, DaemonSetStatus } from '../../generated/apps-v1.ts';
import type { Node, Pod, PodTemplateSpec } from '../../generated/core-v1.ts';
import { byCreation } from '../by-creation.ts';
import { scaledValue } from '../int-or-percent.ts';
import {
  availableInMs,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
} from '../pod-management/pod-state.ts';
import { daemonTolerations, nodeFit } from './node-fit.ts';

export const REVISION_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const BURST_REPLICAS = 250;

export interface DaemonSnapshot {
  readonly daemonSet: DaemonSet;
  readonly nodes: readonly Node[];
  /** The pods it owns, those on their way out included. */
  readonly pods: readonly Pod[];
  /** The hash of the current template. */
  readonly hash: string;
  readonly nowMs: number;
  /** Names of nodes whose failed pod stays for now (failed-pods.ts). */
  readonly waiting?: ReadonlySet<string>;
}

export interface DaemonPlan {
  /** Names of nodes to make a pod for. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Pods among `remove` that have stopped by themselves, to be told of. */
  readonly finished: readonly Pod[];
}

export function planDaemons(snapshot: DaemonSnapshot): DaemonPlan {
  const { daemonSet, nodes, pods } = snapshot;
  if (daemonSet.metadata.deletionTimestamp !== undefined) return { create: [], remove: [], finished: [] };
  const create: string[] = [];
  const remove = new Set<Pod>();
  const finished: Pod[] = [];
  const byNode = podsByNode(pods);
  for (const node of nodes) {
    const name = node.metadata.name ?? '';
    const here = byNode.get(name) ?? [];
    const { run, keep } = nodeFit(daemonSet.spec.template.spec ?? { containers: [] }, node);
    if (run && here.length === 0) create.push(name);
    const alive = here.filter(pod => !isTerminating(pod));
    if (!keep) for (const pod of alive) remove.add(pod);
    for (const pod of alive.filter(isFinished)) {
      if (snapshot.waiting?.has(name) && pod.status?.phase === 'Failed') continue;
      if (!remove.has(pod)) finished.push(pod);
      remove.add(pod);
    }
    // Of several of one template the oldest stays.
    for (const same of groupByHash(alive.filter(pod => !isFinished(pod)))) {
      for (const pod of same.slice(1)) remove.add(pod);
    }
  }
  // Nobody will ever bind a pod that waits for a node that is gone.
  const known = new Set(nodes.map(node => node.metadata.name));
  for (const pod of pods)
    if (!pod.spec.nodeName && !known.has(targetNode(pod)) && !isTerminating(pod)) remove.add(pod);

  if ((daemonSet.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate') {
    const update = planUpdate(snapshot, byNode);
    create.push(...update.create);
    for (const pod of update.remove) remove.add(pod);
  }
  return { create: create.slice(0, BURST_REPLICAS), remove: [...remove].slice(0, BURST_REPLICAS), finished };
}

function planUpdate(
  { daemonSet, nodes, hash, nowMs }: DaemonSnapshot,
  byNode: ReadonlyMap<string, readonly Pod[]>,
): { create: readonly string[]; remove: readonly Pod[] } {
  const { maxSurge = 0, maxUnavailable = 1 } = daemonSet.spec.updateStrategy?.rollingUpdate ?? {};
  const minReady = daemonSet.spec.minReadySeconds ?? 0;
  const targets = nodes.filter(node => nodeFit(daemonSet.spec.template.spec ?? { containers: [] }, node).run);
  const surge = scaledValue(maxSurge, targets.length, 'up');
  let unavailableLeft = scaledValue(maxUnavailable, targets.length, 'up');
  let surgeLeft = surge;
  const create: string[] = [];
  const broken: Pod[] = [];
  const healthy: { readonly node: string; readonly pod: Pod }[] = [];
  for (const node of targets) {
    const name = node.metadata.name ?? '';
    const alive = (byNode.get(name) ?? []).filter(pod => !isTerminating(pod) && !isFinished(pod));
    const next = alive.find(pod => pod.metadata.labels?.[REVISION_LABEL] === hash);
    const old = alive.find(pod => pod !== next && pod.metadata.labels?.[REVISION_LABEL] !== hash);
    const nextServes = next !== undefined && isAvailable(next, minReady, nowMs);
    const oldServes = old !== undefined && isAvailable(old, minReady, nowMs);
    if (!nextServes && !oldServes) unavailableLeft -= 1;
    if (old && next && nextServes) broken.push(old);
    else if (old && next) surgeLeft -= 1;
    else if (old && oldServes) healthy.push({ node: name, pod: old });
    else if (old && surge > 0) create.push(name);
    else if (old) broken.push(old);
  }
  if (surge > 0) {
    create.push(...healthy.slice(0, Math.max(0, surgeLeft - create.length)).map(({ node }) => node));
    return { create, remove: broken };
  }
  const more = healthy.slice(0, Math.max(0, unavailableLeft)).map(({ pod }) => pod);
  return { create, remove: [...broken, ...more] };
}

/**
 * The status after `snapshot`, counted as upstream counts it: a node counts once, whatever pods it
 * has.
 */
export function daemonStatus(snapshot: DaemonSnapshot, collisionCount: number | undefined): DaemonSetStatus {
  const { daemonSet, nodes, pods, hash, nowMs } = snapshot;
  const minReady = daemonSet.spec.minReadySeconds ?? 0;
  const byNode = podsByNode(pods);
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const node of nodes) {
    const here = (byNode.get(node.metadata.name ?? '') ?? []).filter(pod => !isTerminating(pod));
    const { run } = nodeFit(daemonSet.spec.template.spec ?? { containers: [] }, node);
    if (!run) {
      if (here.length > 0) counts.misscheduled += 1;
      continue;
    }
    counts.desired += 1;
    if (here.length === 0) continue;
    counts.current += 1;
    if (here.some(isReady)) counts.ready += 1;
    if (here.some(pod => isAvailable(pod, minReady, nowMs))) counts.available += 1;
    if (here.some(pod => pod.metadata.labels?.[REVISION_LABEL] === hash)) counts.updated += 1;
  }
  const unavailable = counts.desired - counts.available;
  return {
    observedGeneration: daemonSet.metadata.generation,
    currentNumberScheduled: counts.current,
    desiredNumberScheduled: counts.desired,
    numberMisscheduled: counts.misscheduled,
    numberReady: counts.ready,
    ...(counts.updated > 0 ? { updatedNumberScheduled: counts.updated } : {}),
    ...(counts.available > 0 ? { numberAvailable: counts.available } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    ...(collisionCount ? { collisionCount } : {}),
  };
}

/** When the next pod that is ready will count as available; undefined: none is on its way. */
export function nextAvailableMs({ daemonSet, pods, nowMs }: DaemonSnapshot): number | undefined {
  const waits = pods
    .map(pod => availableInMs(pod, daemonSet.spec.minReadySeconds ?? 0, nowMs))
    .filter((wait): wait is number => wait !== undefined && wait > 0);
  return waits.length > 0 ? Math.min(...waits) : undefined;
}

/** The template of the pod for one node: bound to it by affinity, tolerating what nodes suffer from. */
export function daemonTemplate(daemonSet: DaemonSet, hash: string, nodeName: string): PodTemplateSpec {
  const { template } = daemonSet.spec;
  const spec = template.spec ?? { containers: [] };
  const generation = daemonSet.metadata.annotations?.[GENERATION_ANNOTATION];
  return {
    metadata: {
      ...template.metadata,
      labels: {
        ...template.metadata?.labels,
        [REVISION_LABEL]: hash,
        ...(generation ? { [GENERATION_LABEL]: generation } : {}),
      },
    },
    spec: {
      ...spec,
      tolerations: [...(spec.tolerations ?? []), ...daemonTolerations(spec)],
      affinity: {
        ...spec.affinity,
        nodeAffinity: {
          ...spec.affinity?.nodeAffinity,
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] },
            ],
          },
        },
      },
    },
  };
}

/** The node the pod runs on or was made for. */
function targetNode(pod: Pod): string {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const field = terms
    .flatMap(term => term.matchFields ?? [])
    .find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
  return field?.values?.[0] ?? '';
}

function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of [...pods].sort(byCreation)) {
    const node = targetNode(pod);
    const here = byNode.get(node);
    if (here) here.push(pod);
    else byNode.set(node, [pod]);
  }
  return byNode;
}

function groupByHash(pods: readonly Pod[]): readonly (readonly Pod[])[] {
  const groups = new Map<string, Pod[]>();
  for (const pod of pods) {
    const hash = pod.metadata.labels?.[REVISION_LABEL] ?? '';
    groups.set(hash, [...(groups.get(hash) ?? []), pod]);
  }
  return [...groups.values()];
}
