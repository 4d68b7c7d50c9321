/** The scheduler on an API server in process, in virtual time; nothing runs the pods. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StatusError } from '../api/status-error.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client, ResourceClient } from '../client/contract.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { EVENTS, NODES, PODS, SERVICE_ACCOUNTS } from '../client/resources.ts';
import type { Event, Node, Pod, PodSpec } from '../generated/core-v1.ts';
import { type InProcessCluster, startInProcessCluster } from '../testing/in-process-cluster.ts';
import { type VirtualClock, virtualClock } from '../testing/virtual-clock.ts';
import { Scheduler } from './scheduler.ts';

let clock: VirtualClock;
let cluster: InProcessCluster;
let client: Client;
let pods: ResourceClient<Pod>;
/** Thrown by the next bindings, one each. */
let bindingFailures: unknown[];
let stop: () => Promise<void>;

beforeEach(async () => {
  clock = virtualClock();
  const random = seededRandom(1);
  cluster = await startInProcessCluster({ clock, random });
  client = cluster.client();
  pods = client.resource<Pod>(PODS);
  bindingFailures = [];
  await client.resource(SERVICE_ACCOUNTS).create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  });
  const own = cluster.client();
  const ownPods = own.resource<Pod>(PODS);
  const createSubresource = ownPods.createSubresource.bind(ownPods);
  ownPods.createSubresource = async (...call) => {
    if (bindingFailures.length > 0) throw bindingFailures.shift();
    return createSubresource(...call);
  };
  const informers = new InformerFactory({ client: own, clock, random, log: silentLogger });
  const recorder = createEventRecorder({
    client: own,
    clock,
    random,
    log: silentLogger,
    component: 'default-scheduler',
    form: 'series',
  });
  const scheduler = new Scheduler({ client: own, informers, recorder, clock, random, log: silentLogger });
  const controller = new AbortController();
  const running = Promise.all([informers.run(controller.signal), scheduler.run(controller.signal)]);
  stop = async () => {
    controller.abort();
    await clock.settle();
    await running;
  };
  await clock.until(() => scheduler.healthy);
});

afterEach(async () => {
  await stop();
  await cluster.close();
});

async function addNode(name: string, cpu: string): Promise<void> {
  const nodes = client.resource<Node>(NODES);
  const made = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
  // It comes with a taint until it is Ready, which is the node controller's to take off.
  const bare = await nodes.update({ ...made, spec: {} });
  const allocatable = { cpu, memory: '1Gi', pods: '110' };
  await nodes.updateStatus({ ...bare, status: { allocatable, capacity: allocatable } });
  await clock.settle();
}

async function addPod(name: string, cpu: string, spec: Partial<PodSpec> = {}): Promise<void> {
  await pods.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
      ...spec,
    },
  });
  await clock.settle();
}

const pod = (name: string) => pods.get({ namespace: 'default', name });
const nodeOf = async (name: string) => (await pod(name)).spec?.nodeName;
const scheduled = async (name: string) =>
  (await pod(name)).status?.conditions?.find(({ type }) => type === 'PodScheduled');

async function eventsOf(name: string): Promise<string[]> {
  await clock.settle();
  const { items } = await client.resource<Event>(EVENTS).list({ namespace: 'default' });
  return items
    .filter(event => event.involvedObject.name === name)
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

test('a pod gets the node it fits on, and is told so', async () => {
  await addNode('small', '100m');
  await addNode('large', '2');
  await addPod('a', '1');
  expect(await nodeOf('a')).toBe('large');
  expect(await scheduled('a')).toMatchObject({ status: 'True' });
  expect(await eventsOf('a')).toEqual(['Normal Scheduled: Successfully assigned default/a to large']);
});

test('a pod that fits nowhere says why, and is placed when there is room', async () => {
  await addNode('n', '1');
  await addPod('a', '2');
  const message =
    '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
  expect(await scheduled('a')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
  expect(await eventsOf('a')).toEqual([`Warning FailedScheduling: ${message}`]);
  await addNode('m', '4');
  await clock.advance(1_000);
  expect(await nodeOf('a')).toBe('m');
});

test('places that are given count before anybody has seen the binding', async () => {
  await addNode('n', '1');
  await Promise.all(['a', 'b', 'c'].map(name => addPod(name, '500m')));
  await clock.settle();
  const placed = await Promise.all(['a', 'b', 'c'].map(nodeOf));
  expect(placed.filter(name => name === 'n')).toHaveLength(2);
});

test('a binding that fails gives the place back, and is tried again after its backoff', async () => {
  await addNode('n', '1');
  bindingFailures.push(new StatusError({ reason: 'InternalError', message: 'no' }));
  await addPod('a', '1');
  expect(await nodeOf('a')).toBeUndefined();
  await clock.advance(1_000);
  expect(await nodeOf('a')).toBe('n');
});

test('pods of another scheduler, and pods with gates, are left alone', async () => {
  await addNode('n', '1');
  await addPod('other', '1', { schedulerName: 'mine' });
  await addPod('gated', '1', { schedulingGates: [{ name: 'example.com/wait' }] });
  expect([await nodeOf('other'), await nodeOf('gated')]).toEqual([undefined, undefined]);
  const gated = await pod('gated');
  await pods.update({ ...gated, spec: { ...(gated.spec as PodSpec), schedulingGates: [] } });
  await clock.advance(1_000);
  expect(await nodeOf('gated')).toBe('n');
});

test('a pod of higher priority has one victim evicted, and waits for it whatever happens meanwhile', async () => {
  for (const [name, value] of [
    ['low', 1],
    ['high', 1_000],
  ] as const) {
    await client.resource({ group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' }).create({
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    } as never);
  }
  for (const name of ['n', 'm']) await addNode(name, '1');
  for (const name of ['a', 'b']) await addPod(name, '1', { priorityClassName: 'low' });
  await addPod('tiny', '0', { priorityClassName: 'low' });
  await addPod('urgent', '1', { priorityClassName: 'high' });
  const going = async () =>
    (await pods.list({ namespace: 'default' })).items.filter(p => p.metadata.deletionTimestamp);
  const [victim, ...more] = await going();
  expect(more).toEqual([]);
  expect(victim?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }),
  );
  const nominated = victim?.spec?.nodeName;
  expect((await pod('urgent')).status?.nominatedNodeName).toBe(nominated);

  await pods.delete({ namespace: 'default', name: 'tiny' }, { gracePeriodSeconds: 0 });
  await clock.advance(5_000);
  expect(await going()).toHaveLength(1);
  expect(await scheduled('urgent')).toMatchObject({
    message: expect.stringMatching(
      /preemption: not eligible due to a terminating pod on the nominated node\.$/,
    ),
  });
  expect((await pod('urgent')).status?.nominatedNodeName).toBe(nominated);

  const name = victim?.metadata.name ?? '';
  await pods.delete({ namespace: 'default', name }, { gracePeriodSeconds: 0 });
  await clock.advance(10_000);
  expect(await nodeOf('urgent')).toBe(nominated);
});

test('told to end before the first lists are there, it ends', async () => {
  const silent = { list: () => new Promise(() => {}), watch: () => {} };
  const random = seededRandom(1);
  const options = { client: { resource: () => silent } as never, clock, random, log: silentLogger };
  const informers = new InformerFactory(options);
  const recorder = createEventRecorder({ ...options, component: 'default-scheduler' });
  const scheduler = new Scheduler({ ...options, informers, recorder });
  await scheduler.run(AbortSignal.abort());
  expect(scheduler.healthy).toBe(false);
});
