/**
 * An in-process cluster with the controllers running under a virtual clock, and pods that live
 * without containers: they get a node, an address and readiness, and end after their grace
 * period. What a test of controllers stands on.
 */

import { builtinKinds } from '../api/kinds.ts';
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import { isStatusError } from '../api/status-error.ts';
import { rfc3339, rfc3339Micro } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { ControllerDriver } from '../controllers/driver.ts';
import { createControllers } from '../controllers/index.ts';
import type { ControllerOptions } from '../controllers/options.ts';
import type { Lease } from '../generated/coordination-v1.ts';
import type { Node, ObjectReference, Pod } from '../generated/core-v1.ts';
import { startInProcessCluster } from './in-process-cluster.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface ControllerClusterOptions {
  readonly controllers?: Partial<ControllerOptions>;
  /** How long a pod takes to become ready; undefined: this pod never does. Absent: 1 s for all. */
  readonly readyAfterMs?: (pod: Pod) => number | undefined;
  /** How a pod ends by itself, counted from its start. Absent: no pod does. */
  readonly exits?: (pod: Pod) => PodExit | undefined;
  readonly log?: Logger;
  readonly seed?: number;
  /** The node stops saying anything when this is aborted. */
  readonly nodeDies?: AbortSignal;
}

interface PodExit {
  readonly afterMs: number;
  readonly phase: 'Succeeded' | 'Failed';
}

export interface ControllerCluster extends AsyncDisposable {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly driver: ControllerDriver;
  list<T extends KubeObject>(resource: GroupVersionResource, namespace?: string): Promise<readonly T[]>;
  /** "reason message" of every event about the object, in the order of their first times. */
  eventsOf(kind: string, name: string, namespace?: string): Promise<readonly string[]>;
}

const NODE = 'node-1';
const PODS: GroupVersionResource = { group: '', version: 'v1', resource: 'pods' };
const EVENTS: GroupVersionResource = { group: '', version: 'v1', resource: 'events' };

export async function startControllerCluster(
  options: ControllerClusterOptions = {},
): Promise<ControllerCluster> {
  const clock = virtualClock();
  const random = seededRandom(options.seed ?? 1);
  const log = options.log ?? silentLogger;
  const cluster = await startInProcessCluster({ clock, random, log });
  const client = cluster.client();
  const abort = new AbortController();
  const informers = new InformerFactory({ client, clock, random, log });
  const kubelet = livePods(client, clock, informers, options);
  const driver = createControllers({
    client,
    clock,
    random,
    log,
    kinds: () => builtinKinds,
    options: { rootCa: 'test CA', ...options.controllers },
    informers,
  });
  await heartbeats(client, clock, options.nodeDies ?? abort.signal, abort.signal);
  const running = Promise.all([informers.run(abort.signal), driver.run(abort.signal)]);
  await clock.until(() => driver.ready, 60_000);
  return {
    client,
    clock,
    driver,
    list: async <T extends KubeObject>(resource: GroupVersionResource, namespace?: string) =>
      (await client.resource<T>(resource).list(namespace === undefined ? {} : { namespace })).items,
    async eventsOf(kind, name, namespace = 'default') {
      await clock.settle();
      const { items } = await client
        .resource<
          KubeObject & { involvedObject: { kind?: string; name?: string }; reason?: string; message?: string }
        >(EVENTS)
        .list({ namespace });
      return items
        .filter(event => event.involvedObject.kind === kind && event.involvedObject.name === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map(event => `${event.reason} ${event.message}`);
    },
    async [Symbol.asyncDispose]() {
      kubelet();
      abort.abort();
      await clock.settle();
      await running;
      await cluster.close();
    },
  };
}

/** One node that is ready and goes on saying so, every 10 s, as a kubelet does. */
async function heartbeats(client: Client, clock: VirtualClock, ...until: AbortSignal[]): Promise<void> {
  const nodes = client.resource<Node>({ group: '', version: 'v1', resource: 'nodes' });
  const leases = client.resource<Lease>({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' });
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
function livePods(
  client: Client,
  clock: VirtualClock,
  informers: InformerFactory,
  { readyAfterMs = () => 1_000, exits }: ControllerClusterOptions,
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
  const stopped = (pod: Pod, { phase }: PodExit): Pod => ({
    ...pod,
    status: { ...pod.status, phase, conditions: [ready(false)] },
  });
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
    clock.schedule(2_000, () => void remove());
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
