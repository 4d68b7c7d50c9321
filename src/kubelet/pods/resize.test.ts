/** In-place resize, over the fake runtime, in virtual time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NODES } from '../../client/resources.ts';
import type { Pod, ResourceRequirements } from '../../generated/core-v1.ts';
import { container, isReady, type KubeletWorld, startKubeletWorld } from '../../testing/kubelet-world.ts';
import { knownAllocation, withAllocation } from './allocation.ts';
import { resizeSummary } from './resize.ts';

let world: KubeletWorld;
beforeEach(async () => {
  world = await startKubeletWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const pods = () => world.client.resource<Pod>({ group: '', version: 'v1', resource: 'pods' });
const requesting = (cpu: string, memory = '32Mi'): ResourceRequirements => ({ requests: { cpu, memory } });
const resize = (name: string, resources: ResourceRequirements) => {
  const body = { spec: { containers: [{ name: 'main', resources }] } };
  return pods().patch({ namespace: 'default', name }, { type: 'strategic', body }, { subresource: 'resize' });
};
const create = (name: string, cpu: string, more: object = {}) =>
  world.create(name, { containers: [{ ...container(), resources: requesting(cpu), ...more }] });
const pending = (name: string) =>
  world.pod(name)?.status?.conditions?.find(({ type }) => type === 'PodResizePending');
const main = (name: string) => world.pod(name)?.status?.containerStatuses?.[0];
const capacity = async () => {
  const node = await world.client
    .resource({ group: '', version: 'v1', resource: 'nodes' })
    .get({ name: 'node-1' });
  return Number((node as { status?: { allocatable?: Record<string, string> } }).status?.allocatable?.['cpu']);
};

test('what the node can never give is infeasible, and the container keeps what it has', async () => {
  await create('a', '50m');
  await world.until('a', isReady);
  const cpus = await capacity();
  // The API server refuses it already, unless it takes the node for a larger one.
  const larger = { type: 'merge', body: { status: { allocatable: { cpu: '1k' } } } } as const;
  await world.client.resource(NODES).patch({ name: 'node-1' }, larger, { subresource: 'status' });
  await resize('a', requesting('1000'));
  await world.clock.advance(100);
  const message = `Node didn't have enough capacity: cpu, requested: 1000000, capacity: ${cpus * 1000}`;
  expect(pending('a')).toMatchObject({
    status: 'True',
    reason: 'Infeasible',
    message,
    observedGeneration: 2,
  });
  expect(main('a')).toMatchObject({
    allocatedResources: { cpu: '50m' },
    resources: { requests: { cpu: '50m' } },
  });
  expect((await world.events('a')).filter(event => event.includes('Resize'))).toEqual([
    `Warning ResizeInfeasible: Pod resize Infeasible: {"containers":[{"name":"main","resources":{"requests":{"cpu":"1k","memory":"32Mi"}}}],"generation":2,"error":"${message}"}`,
  ]);
  await resize('a', requesting('50m'));
  await world.clock.advance(100);
  expect(pending('a')).toBeUndefined();
});

test('what another pod has is waited for, also over a restart of the kubelet', async () => {
  const cpus = await capacity();
  await create('a', '50m');
  await create('b', `${cpus * 1000 - 100}m`);
  await world.until('a', isReady);
  await world.until('b', isReady);
  await resize('a', requesting('200m'));
  await world.clock.advance(100);
  expect(pending('a')).toMatchObject({
    reason: 'Deferred',
    message: `Node didn't have enough resource: cpu, requested: 200, used: ${cpus * 1000 - 100}, capacity: ${cpus * 1000}`,
  });
  await world.restart();
  await world.clock.advance(1_000);
  expect(pending('a')).toMatchObject({ reason: 'Deferred' });
  expect(main('a')).toMatchObject({ allocatedResources: { cpu: '50m' }, restartCount: 0 });
  await pods().delete({ namespace: 'default', name: 'b' });
  await world.until('a', () => pending('a') === undefined, 60_000);
  await world.clock.advance(100);
  expect(main('a')).toMatchObject({ allocatedResources: { cpu: '200m' }, restartCount: 0 });
  const events = await world.events('a');
  expect(events.filter(event => /Resize(Started|Completed)/.test(event))).toHaveLength(2);
});

test('the resources of a pod as a whole are written when they change alone, or wait for room', async () => {
  const ofPod = (cpu: string) => ({ requests: { cpu: '50m' }, limits: { cpu } });
  const change = async (resources: ResourceRequirements) => {
    const body = { spec: { resources } };
    await pods().patch(
      { namespace: 'default', name: 'a' },
      { type: 'merge', body },
      { subresource: 'resize' },
    );
    await world.clock.advance(100);
  };
  const quotas = () =>
    Object.entries(world.os.files()).flatMap(([path, text]) => (path.endsWith('/cpu.max') ? [text] : []));
  await world.create('a', { resources: ofPod('100m') });
  const cpus = await capacity();
  await create('b', `${cpus * 1000 - 100}m`);
  await world.until('a', isReady);
  await world.until('b', isReady);
  await change(ofPod('120m'));
  expect(quotas()).toEqual(['12000 100000']);
  const resizes = async () =>
    (await world.events('a')).flatMap(event => /Resize\w+/.exec(event)?.slice(0, 1) ?? []);
  expect(await resizes()).toEqual(['ResizeStarted', 'ResizeCompleted']);
  await change({ requests: { cpu: '200m' }, limits: { cpu: '200m' } });
  expect(pending('a')).toMatchObject({ reason: 'Deferred' });
  await world.restart();
  await world.clock.advance(1_000);
  expect(quotas()).toEqual(['12000 100000']);
  expect(world.pod('a')?.status?.resources).toEqual({ requests: { cpu: '50m' }, limits: { cpu: '120m' } });
  await pods().delete({ namespace: 'default', name: 'b' });
  await world.until('a', () => pending('a') === undefined, 60_000);
  await world.clock.advance(100);
  expect(quotas()).toEqual(['20000 100000']);
  expect((await resizes()).slice(-2)).toEqual(['ResizeStarted', 'ResizeCompleted']);
});

test('an init container is resized while it runs', async () => {
  world.runtime.images.set('long', { runsMs: 60_000 });
  const limited = (cpu: string) => ({ name: 'i', resources: { requests: { cpu: '50m' }, limits: { cpu } } });
  await world.create('a', { initContainers: [{ ...container('i', 'long'), ...limited('100m') }] });
  await world.until('a', pod => Boolean(pod?.status?.initContainerStatuses?.[0]?.state?.running));
  const body = { spec: { initContainers: [limited('120m')] } };
  await pods().patch(
    { namespace: 'default', name: 'a' },
    { type: 'strategic', body },
    { subresource: 'resize' },
  );
  await world.clock.advance(100);
  expect(world.runtime.calls).toContain('updateContainerResources a/i 12000');
});

test('a container whose policy says so is made again with its new resources', async () => {
  const resizePolicy = [
    { resourceName: 'cpu', restartPolicy: 'NotRequired' },
    { resourceName: 'memory', restartPolicy: 'RestartContainer' },
  ];
  await create('a', '50m', { resizePolicy });
  await world.until('a', isReady);
  await resize('a', requesting('60m'));
  await world.clock.advance(100);
  expect(main('a')?.restartCount).toBe(0);
  await resize('a', requesting('60m', '48Mi'));
  await world.until('a', pod => pod?.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(pod));
  await world.clock.advance(100);
  expect(main('a')).toMatchObject({ resources: { requests: { cpu: '60m', memory: '48Mi' } } });
  expect(
    (await world.events('a')).filter(event => /Resize|Killing/.test(event)).map(e => e.split(':')[0]),
  ).toEqual([
    'Normal ResizeStarted',
    'Normal ResizeCompleted',
    'Normal ResizeStarted',
    'Normal Killing',
    'Normal ResizeCompleted',
  ]);
  expect(await world.events('a')).toContain('Normal Killing: Container main resize requires restart');
});

test('events of a resize name all containers, and the error last', () => {
  const spec = {
    initContainers: [{ name: 'i' }],
    containers: [{ name: 'c', resources: { requests: { memory: '1', cpu: '2' } } }],
  };
  expect(resizeSummary({ metadata: { generation: 3 }, spec }, 'no "room"')).toBe(
    '{"initContainers":[{"name":"i","resources":{}}],"containers":[{"name":"c","resources":{"requests":{"cpu":"2","memory":"1"}}}],"generation":3,"error":"no \\"room\\""}',
  );
});

test('a pod that waits is taken up again with what its status says', () => {
  const status = {
    conditions: [{ type: 'PodResizePending', status: 'True' }],
    containerStatuses: [
      {
        name: 'c',
        image: '',
        imageID: '',
        ready: true,
        restartCount: 0,
        allocatedResources: { cpu: '1' },
        resources: { limits: { cpu: '3' }, requests: { cpu: '2' } },
      },
    ],
  };
  const pod = { metadata: {}, spec: { containers: [{ name: 'c', resources: { requests: { cpu: '9' } } }] } };
  const known = withAllocation({ ...pod, status }, knownAllocation({ ...pod, status }));
  expect(known.spec.containers[0]?.resources).toEqual({ requests: { cpu: '1' }, limits: { cpu: '3' } });
  expect(withAllocation(pod, knownAllocation(pod))).toBe(pod);
});
