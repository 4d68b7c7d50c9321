/**
 * Taint eviction: a pod on a node with NoExecute taints that it does not tolerate is deleted, at
 * once or when the shortest toleration of them has run out (API reference, Taints and
 * Tolerations). Keys are pods; a timer waits for the moment, and a taint that goes cancels it.
 */
import { tolerates } from '../../api/core/node/tolerations.ts';
import { objectKey } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { byNode } from '../../client/indexes.ts';
import { NODES, PODS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Node, Pod, Taint } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { withDisruptionTarget } from '../pod-management/disruption-target.ts';
import { isFinished, isTerminating } from '../pod-management/pod-state.ts';

const WHY = {
  reason: 'DeletionByTaintManager',
  message: 'Taint manager: deleting due to NoExecute taint',
};

export const taintEvictionController: ControllerDefinition = { name: 'taint-eviction', build };

/** Milliseconds since the epoch at which the pod has to go; undefined: it may stay. */
export function evictionTimeMs(pod: Pod, taints: readonly Taint[]): number | undefined {
  const executing = taints.filter(taint => taint.effect === 'NoExecute');
  if (executing.length === 0 || isFinished(pod)) return undefined;
  const times: number[] = [];
  for (const taint of executing) {
    const tolerations = (pod.spec.tolerations ?? []).filter(toleration => tolerates(toleration, taint));
    const sinceMs = Date.parse(taint.timeAdded ?? '') || 0;
    if (tolerations.length === 0) return 0;
    for (const { tolerationSeconds } of tolerations) {
      if (tolerationSeconds !== undefined) times.push(sinceMs + Math.max(0, tolerationSeconds) * 1000);
    }
  }
  return times.length > 0 ? Math.min(...times) : undefined;
}

function build(context: ControllerContext): Controller {
  const { client, clock } = context;
  const nodes = context.informer<Node>(NODES);
  const pods = context.informer<Pod>(PODS);
  const podsByNode = pods.index(...byNode);
  const recorder = context.recorder('taint-eviction-controller');

  const nodeOf = (pod: Pod) => nodes.lister.get({ name: pod.spec.nodeName ?? '' });
  const enqueuePodsOf = (node: Node) => {
    for (const pod of podsByNode.get(node.metadata.name ?? '')) context.enqueue(objectKey(pod));
  };
  pods.addHandlers({
    added: pod => {
      if (nodeOf(pod)?.spec.taints) context.enqueue(objectKey(pod));
    },
    updated: (pod, old) => {
      const moved = pod.spec.nodeName !== old.spec.nodeName;
      const tolerant = deepEqual(pod.spec.tolerations, old.spec.tolerations);
      if ((moved || !tolerant) && nodeOf(pod)?.spec.taints) context.enqueue(objectKey(pod));
    },
  });
  nodes.addHandlers({
    added: node => {
      if (node.spec.taints) enqueuePodsOf(node);
    },
    updated: (node, old) => {
      if (!deepEqual(node.spec.taints, old.spec.taints)) enqueuePodsOf(node);
    },
  });

  const reconcile = async (key: string): Promise<WorkResult | void> => {
    const pod = pods.lister.getByKey(key);
    if (!pod || isTerminating(pod)) return;
    const timeMs = evictionTimeMs(pod, nodeOf(pod)?.spec.taints ?? []);
    if (timeMs === undefined) return;
    const waitMs = timeMs - clock.now();
    if (waitMs > 0) return { requeueAfterMs: waitMs };
    await evict(pod);
  };

  const evict = async (pod: Pod): Promise<void> => {
    const { namespace, name = '', uid } = pod.metadata;
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    const resource = client.resource<Pod>(PODS);
    try {
      await resource.updateStatus(withDisruptionTarget(pod, WHY, clock.now()));
      await resource.delete({ namespace, name }, uid ? { preconditions: { uid } } : {});
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  };

  return { reconcile };
}
