/**
 * Pod garbage collection: pods whose node is gone, which no kubelet will ever end; pods that are
 * being deleted and never had a node; pods on nodes declared out of service; and the oldest
 * finished pods beyond a number. Keys are pods, and FINISHED for the last.
 */
import { objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { byNode } from '../../client/indexes.ts';
import { NODES, PODS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Node, Pod } from '../../generated/core-v1.ts';
import { byCreation } from '../by-creation.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { withDisruptionTarget } from '../pod-management/disruption-target.ts';
import { isFinished, isTerminating } from '../pod-management/pod-state.ts';
import { isNodeReady } from './health.ts';

export const podGarbageCollector: ControllerDefinition = { name: 'pod-garbage-collector', workers: 2, build };

/**
 * How long a pod's node may be missing before the pod is given up: it may be on its way here. Each
 * pod has that time, also on a node that others were given up on (upstream's quarantine begins anew
 * with every round, too).
 */
const QUARANTINE_MS = 40_000;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const FINISHED = '*finished';

/** The oldest finished pods beyond `threshold` (0: none). */
function surplusFinished(finished: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0 || finished.length <= threshold) return [];
  return [...finished].sort(byCreation).slice(0, finished.length - threshold);
}

function build(context: ControllerContext): Controller {
  const { client, clock, options } = context;
  const nodes = context.informer<Node>(NODES);
  const pods = context.informer<Pod>(PODS);
  const podsByNode = pods.index(...byNode);
  const finished = pods.index('finished', pod => (isFinished(pod) ? ['true'] : []));
  const podClient = client.resource<Pod>(PODS);
  /** Since when a pod has been seen without its node, by its uid, monotonic milliseconds. */
  const missingSinceMs = new Map<string, number>();

  const look = (pod: Pod) => {
    const { nodeName } = pod.spec;
    const gone = nodeName && !nodes.lister.get({ name: nodeName });
    if (gone || isTerminating(pod)) context.enqueue(objectKey(pod));
    if (isFinished(pod)) context.enqueue(FINISHED);
  };
  const forget = (pod: Pod) => missingSinceMs.delete(pod.metadata.uid ?? '');
  pods.addHandlers({ added: look, updated: look, deleted: forget });
  nodes.addHandlers({
    added: node => podsByNode.get(node.metadata.name ?? '').forEach(forget),
    updated: node => {
      if (!isOutOfService(node)) return;
      for (const pod of podsByNode.get(node.metadata.name ?? '')) look(pod);
    },
    deleted: node => {
      for (const pod of podsByNode.get(node.metadata.name ?? '')) context.enqueue(objectKey(pod));
    },
  });

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    if (key === FINISHED) return collectFinished();
    const pod = pods.lister.getByKey(key);
    if (!pod) return;
    const { nodeName } = pod.spec;
    if (!nodeName) return isTerminating(pod) ? end(pod) : undefined;
    const node = nodes.lister.get({ name: nodeName });
    if (node) {
      const abandoned = isTerminating(pod) && isOutOfService(node) && !isNodeReady(node);
      return abandoned ? end(pod) : undefined;
    }
    const uid = pod.metadata.uid ?? '';
    const sinceMs = missingSinceMs.get(uid) ?? clock.monotonic();
    missingSinceMs.set(uid, sinceMs);
    const waitMs = sinceMs + QUARANTINE_MS - clock.monotonic();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    if (!(await nodeExists(nodeName))) await end(pod, 'PodGC: node no longer exists');
  };

  const collectFinished = async (): Promise<void> => {
    for (const pod of surplusFinished(finished.get('true'), options.terminatedPodThreshold)) await end(pod);
  };

  const nodeExists = async (name: string): Promise<boolean> => {
    try {
      await client.resource<Node>(NODES).get({ name });
      return true;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return false;
      throw error;
    }
  };

  /** Deletes without grace: there is no kubelet to wait for. `why` marks it Failed first. */
  const end = async (pod: Pod, why?: string): Promise<void> => {
    const { namespace, name = '', uid } = pod.metadata;
    try {
      if (why && !isFinished(pod)) await podClient.updateStatus(failed(pod, why, clock.now()));
      await podClient.delete(
        { namespace, name },
        { gracePeriodSeconds: 0, ...(uid ? { preconditions: { uid } } : {}) },
      );
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  };

  return { reconcile };
}

function failed(pod: Pod, message: string, nowMs: number): Pod {
  const told = withDisruptionTarget(pod, { reason: 'DeletionByPodGC', message }, nowMs);
  return { ...told, status: { ...told.status, phase: 'Failed' } };
}

const isOutOfService = (node: Node): boolean =>
  (node.spec.taints ?? []).some(taint => taint.key === OUT_OF_SERVICE);
