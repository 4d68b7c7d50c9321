/**
 * A node without containers: its pods get bound, an address, readiness and an end, as a scheduler and
 * a kubelet would give them. Under any clock.
 */
import type { KubeObject } from '../api/object.ts';
import { isStatusError } from '../api/status-error.ts';
import { type Clock, rfc3339, rfc3339Micro } from '../base/clock.ts';
import type { Client } from '../client/contract.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { LEASES, NODES, PODS } from '../client/resources.ts';
import type { Lease } from '../generated/coordination-v1.ts';
import type { Node, ObjectReference, Pod } from '../generated/core-v1.ts';

export interface PodLife {
  /** How long a pod takes to become ready; undefined: this pod never does. Absent: 1 s for all. */
  readonly readyAfterMs?: (pod: Pod) => number | undefined;
  /** How a pod ends by itself, counted from its start. Absent: no pod does. */
  readonly exits?: (pod: Pod) => PodExit | undefined;
  /** From the deletion of a pod to its end. Absent: 2 s. */
  readonly endsAfterMs?: number;
}

interface PodExit {
  readonly afterMs: number;
  readonly phase: 'Succeeded' | 'Failed';
  /** Of the pod's first container. Absent: nothing is said of containers. */
  readonly exitCode?: number;
}

const NODE = 'node-1';

/** One node that is ready and goes on saying so, every 10 s, as a kubelet does. */
export async function heartbeats(client: Client, clock: Clock, ...until: AbortSignal[]): Promise<void> {
  const nodes = client.resource<Node>(NODES);
  const leases = client.resource<Lease>(LEASES);
  const node = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: NODE }, spec: {} });
  const time = rfc3339(clock.now());
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  };
  await nodes.updateStatus({ ...node, status: { ...node.status, conditions: [ready] } });
  let lease = await leases.create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-node-lease', name: NODE },
    spec: { holderIdentity: NODE, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) },
  });
  const renew = async () => {
    if (until.some(signal => signal.aborted)) return;
    lease = await leases.update({ ...lease, spec: { ...lease.spec, renewTime: rfc3339Micro(clock.now()) } });
    clock.schedule(10_000, () => void renew());
  };
  clock.schedule(10_000, () => void renew());
}

/** Stands in for scheduler and kubelet. Returns the function that stops it. */
export function livePods(
  client: Client,
  clock: Clock,
  informers: InformerFactory,
  { readyAfterMs = () => 1_000, exits, endsAfterMs = 2_000 }: PodLife,
): () => void {
  const pods = client.resource<Pod>(PODS);
  let over = false;
  let address = 1;
  let bound = 0;
  const change = (pod: Pod, next: (current: Pod) => Pod) => {
    const write = async () => {
      if (over) return;
      const { namespace, name = '' } = pod.metadata;
      try {
        await pods.updateStatus(next(await pods.get({ namespace, name })));
      } catch (error) {
        if (isStatusError(error, 'Conflict')) return write();
        if (!isStatusError(error, 'NotFound')) throw error;
      }
    };
    void write();
  };
  const bind = async (pod: Pod) => {
    const { namespace, name = '' } = pod.metadata;
    try {
      const binding: KubeObject & { target: ObjectReference } = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace, name },
        target: { kind: 'Node', name: NODE },
      };
      await pods.createSubresource({ namespace, name }, 'binding', binding);
    } catch (error) {
      if (!isStatusError(error)) throw error;
    }
  };
  const start = (pod: Pod) => {
    const delayMs = readyAfterMs(pod);
    const podIP = `10.244.0.${address++}`;
    change(pod, current => ({
      ...current,
      status: {
        ...current.status,
        phase: 'Running',
        podIP,
        podIPs: [{ ip: podIP }],
        conditions: [ready(delayMs === 0)],
      },
    }));
    const exit = exits?.(pod);
    if (exit) clock.schedule(exit.afterMs, () => change(pod, current => stopped(current, exit)));
    if (!delayMs || exit) return;
    clock.schedule(delayMs, () =>
      change(pod, current => ({ ...current, status: { ...current.status, conditions: [ready(true)] } })),
    );
  };
  const stopped = (pod: Pod, { phase, exitCode }: PodExit): Pod => {
    const { name = '', image = '' } = pod.spec.containers[0] ?? {};
    const terminated = { exitCode: exitCode ?? 0, finishedAt: rfc3339(clock.now()) };
    const container = { name, image, imageID: '', ready: false, restartCount: 0, state: { terminated } };
    return {
      ...pod,
      status: {
        ...pod.status,
        phase,
        conditions: [ready(false)],
        ...(exitCode === undefined ? {} : { containerStatuses: [container] }),
      },
    };
  };
  const ready = (yes: boolean) => ({
    type: 'Ready',
    status: yes ? 'True' : 'False',
    lastTransitionTime: rfc3339(clock.now()),
  });
  const end = (pod: Pod) => {
    const { namespace, name = '', uid } = pod.metadata;
    const remove = async () => {
      if (over) return;
      try {
        await pods.delete({ namespace, name }, { gracePeriodSeconds: 0, preconditions: { uid: uid ?? '' } });
      } catch (error) {
        if (!isStatusError(error)) throw error;
      }
    };
    clock.schedule(endsAfterMs, () => void remove());
  };
  informers.informer<Pod>(PODS).addHandlers({
    added: pod => {
      if (!pod.spec.nodeName) void bind(pod);
    },
    updated: (pod, old) => {
      // Not two at the same moment: real ones do not come in one event either.
      if (pod.spec.nodeName && !old.spec.nodeName) clock.schedule(3 * (bound++ % 10), () => start(pod));
      if (pod.metadata.deletionTimestamp && !old.metadata.deletionTimestamp) end(pod);
    },
  });
  return () => {
    over = true;
  };
}
