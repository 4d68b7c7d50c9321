/**
 * Node lifecycle: notices that a node fell silent (Lease and status), says so in its conditions,
 * its taints and its pods' readiness. What the taints do to pods is taint-eviction.ts's part.
 * No polling: a timer at the moment the grace period would run out.
 */
import { isStatusError } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { byNode } from '../../client/indexes.ts';
import { LEASES, NODES, PODS } from '../../client/resources.ts';
import type { WorkResult } from '../../client/work-queue.ts';
import type { Lease } from '../../generated/coordination-v1.ts';
import type { Node, Pod } from '../../generated/core-v1.ts';
import type { Controller, ControllerContext, ControllerDefinition } from '../controller.ts';
import { isReady } from '../pod-management/pod-state.ts';
import { isNodeReady, nodeCondition, silentConditions, wantedTaints } from './health.ts';

export const nodeLifecycleController: ControllerDefinition = { name: 'node-lifecycle', build };

const LEASE_NAMESPACE = 'kube-node-lease';

function build(context: ControllerContext): Controller {
  const { client, clock, options } = context;
  const nodes = context.informer<Node>(NODES);
  const leases = context.informer<Lease>(LEASES, { namespace: LEASE_NAMESPACE });
  const pods = context.informer<Pod>(PODS);
  const podsByNode = pods.index(...byNode);
  const nodeClient = client.resource<Node>(NODES);
  const recorder = context.recorder('node-controller');
  /** When a node was heard of last, by our monotonic clock. */
  const heardMs = new Map<string, number>();
  const heard = (name: string) => heardMs.set(name, clock.monotonic());

  const heartbeat = (node: Node) => nodeCondition(node, 'Ready')?.lastHeartbeatTime;
  nodes.addHandlers({
    added: node => {
      heard(node.metadata.name ?? '');
      context.enqueue(node.metadata.name ?? '');
    },
    updated: (node, old) => {
      if (heartbeat(node) !== heartbeat(old)) heard(node.metadata.name ?? '');
      context.enqueue(node.metadata.name ?? '');
    },
    deleted: node => {
      const name = node.metadata.name ?? '';
      heardMs.delete(name);
      recorder.event(
        node,
        'Normal',
        'RemovingNode',
        `Node ${name} event: Removing Node ${name} from Controller`,
      );
    },
  });
  leases.addHandlers({
    added: lease => heard(lease.metadata.name ?? ''),
    // A renewal wakes nobody: the timer that is set finds it when it fires.
    updated: lease => heard(lease.metadata.name ?? ''),
  });

  const reconcile = async (name: string): Promise<WorkResult | void> => {
    const node = nodes.lister.get({ name });
    if (!node) return;
    const graceMs = nodeCondition(node, 'Ready') ? options.nodeMonitorGraceMs : options.nodeStartupGraceMs;
    const silentMs = clock.monotonic() - (heardMs.get(name) ?? clock.monotonic());
    const silent = silentMs > graceMs;
    const conditions = silent ? silentConditions(node, clock.now()) : undefined;
    const current = conditions
      ? await nodeClient.updateStatus({ ...node, status: { ...node.status, conditions } })
      : node;
    const taints = wantedTaints(current, clock.now());
    if (taints) await nodeClient.update({ ...current, spec: { ...current.spec, taints } });
    if (!isNodeReady(current)) await markPodsNotReady(current);
    // Silent already: its next word is an event. Otherwise look when it would be silent.
    return silent ? undefined : { requeueAfterMs: graceMs - silentMs + 1 };
  };

  const markPodsNotReady = async (node: Node): Promise<void> => {
    if (!nodeCondition(node, 'Ready')) return;
    const affected = podsByNode.get(node.metadata.name ?? '').filter(isReady);
    if (affected.length === 0) return;
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    recorder.event(node, 'Normal', 'NodeNotReady', message);
    await Promise.all(affected.map(markNotReady));
  };

  const markNotReady = async (pod: Pod): Promise<void> => {
    const now = rfc3339(clock.now());
    const conditions = (pod.status?.conditions ?? []).map(condition =>
      condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: now } : condition,
    );
    try {
      await client.resource<Pod>(PODS).updateStatus({ ...pod, status: { ...pod.status, conditions } });
      recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
  };

  return { reconcile };
}
