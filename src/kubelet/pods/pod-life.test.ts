/** A pod's life over the fake runtime, in virtual time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LEASES, NODES } from '../../client/resources.ts';
import {
  container,
  isReady,
  type KubeletWorld,
  restartsOf,
  startKubeletWorld,
  stateOf,
} from '../../testing/kubelet-world.ts';

let world: KubeletWorld;
beforeEach(async () => {
  world = await startKubeletWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

test('the node registers, is Ready and renews its lease', async () => {
  const node = await world.client.resource(NODES).get({ name: 'node-1' });
  expect(node).toMatchObject({
    metadata: { labels: { 'kubernetes.io/hostname': 'node-1', 'kubernetes.io/os': 'linux' } },
    status: {
      capacity: { memory: '16Gi', pods: '110' },
      addresses: [
        { type: 'InternalIP', address: '192.0.2.1' },
        { type: 'Hostname', address: 'node-1' },
      ],
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
    },
  });
  const leases = world.client.resource(LEASES);
  const target = { namespace: 'kube-node-lease', name: 'node-1' };
  const before = await leases.get(target);
  await world.clock.advance(10_000);
  expect(await leases.get(target)).not.toEqual(before);
});

test('a pod gets a sandbox, then its containers one after another', async () => {
  await world.create('a', { containers: [container('one'), container('two')] });
  const pod = await world.until('a', isReady);
  expect(pod?.status).toMatchObject({ phase: 'Running', podIP: '10.244.0.1', hostIP: '192.0.2.1' });
  expect(world.runtime.calls).toEqual([
    'runPodSandbox a',
    'createContainer a/one',
    'startContainer a/one',
    'createContainer a/two',
    'startContainer a/two',
  ]);
  expect(await world.events('a')).toEqual(
    ['one', 'two'].flatMap(() => [
      'Normal Pulled: Container image "app" already present on machine and can be accessed by the pod',
      'Normal Created: Container created',
      'Normal Started: Container started',
    ]),
  );
});

test('a failing container is started again at once, then after 10 s, 20 s and 40 s', async () => {
  world.runtime.images.set('crash', { runsMs: 100, exitCode: 1 });
  await world.create('a', { containers: [container('main', 'crash')] });
  const starts: number[] = [];
  for (let count = 0; count < 5; count++) {
    await world.until('a', pod => restartsOf(pod) === count && stateOf(pod) === 'running', 120_000);
    starts.push(Math.round(world.clock.monotonic() / 1000));
  }
  expect(starts).toEqual([0, 0, 10, 30, 70]);
});

test('what waits for its restart is shown as CrashLoopBackOff, with the last end', async () => {
  world.runtime.images.set('crash', { runsMs: 100, exitCode: 1 });
  await world.create('a', { containers: [container('main', 'crash')] });
  await world.until('a', pod => restartsOf(pod) === 1 && stateOf(pod) === 'Error');
  const pod = await world.until('a', p => stateOf(p) === 'CrashLoopBackOff');
  expect(pod?.status?.containerStatuses?.[0]).toMatchObject({
    state: {
      waiting: {
        message: `back-off 10s restarting failed container=main pod=a_default(${pod?.metadata.uid})`,
      },
    },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
  expect(await world.events('a')).toContain(
    `Warning BackOff: Back-off restarting failed container main in pod a_default(${pod?.metadata.uid})`,
  );
});

test('ten good minutes make the backoff forget', async () => {
  world.runtime.images.set('slow', { runsMs: 700_000, exitCode: 1 });
  await world.create('a', { containers: [container('main', 'slow')] });
  await world.until('a', pod => restartsOf(pod) === 2, 2_000_000);
  expect(Math.round(world.clock.monotonic() / 1000)).toBe(1400);
});

test.each([
  ['Never', 0, 'Succeeded', 'PodCompleted'],
  ['Never', 3, 'Failed', 'PodFailed'],
  ['OnFailure', 0, 'Succeeded', 'PodCompleted'],
])('with restartPolicy %s, exit code %i makes the pod %s', async (restartPolicy, exitCode, phase, reason) => {
  world.runtime.images.set('job', { runsMs: 1000, exitCode });
  await world.create('a', { restartPolicy, containers: [container('main', 'job')] });
  const pod = await world.until('a', p => p?.status?.phase === phase);
  expect(pod?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', reason }),
  );
  expect(world.runtime.calls.at(-1)).toBe('stopPodSandbox a');
});

test('init containers run one by one, and one that fails keeps the others waiting', async () => {
  world.runtime.images.set('ok', { runsMs: 1000 });
  world.runtime.images.set('bad', { runsMs: 1000, exitCode: 5 });
  await world.create('a', { initContainers: [container('one', 'ok'), container('two', 'bad')] });
  const pod = await world.until('a', p => p?.status?.initContainerStatuses?.[1]?.restartCount === 1);
  expect(pod?.status?.phase).toBe('Pending');
  expect(stateOf(pod)).toBe('PodInitializing');
  expect(world.runtime.calls).not.toContain('startContainer a/main');
});

test('a sidecar runs beside the pod and is stopped after it', async () => {
  world.runtime.images.set('job', { runsMs: 1000 });
  await world.create('a', {
    restartPolicy: 'Never',
    initContainers: [{ ...container('side', 'side'), restartPolicy: 'Always' }],
    containers: [container('main', 'job')],
  });
  const pod = await world.until('a', p => p?.status?.phase === 'Succeeded');
  expect(pod?.status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  expect(await world.events('a')).toContain('Normal Killing: Stopping container side');
});

test('a deleted pod is stopped within its grace period, cleaned up, and only then deleted', async () => {
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  await world.create('a', { terminationGracePeriodSeconds: 5, containers: [container('main', 'stubborn')] });
  await world.until('a', isReady);
  await world.remove('a');
  const startedMs = world.clock.monotonic();
  await world.until('a', p => p === undefined);
  const last = world.versions('a').at(-1);
  expect(last?.status?.phase).toBe('Failed');
  expect(last?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(137);
  expect(world.clock.monotonic() - startedMs).toBe(5000);
  await world.clock.settle();
  expect(await world.runtime.listPodSandbox()).toEqual([]);
  expect(world.runtime.calls).toContain('stopContainer a/main 5');
});

test('a grace period of one second is one second', async () => {
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  await world.create('a', { terminationGracePeriodSeconds: 1, containers: [container('main', 'stubborn')] });
  await world.until('a', isReady);
  const startedMs = world.clock.monotonic();
  await world.remove('a');
  await world.until('a', p => p === undefined);
  expect(world.clock.monotonic() - startedMs).toBe(1000);
});

test('a hook that uses the grace period up leaves the container two seconds', async () => {
  await world.create('a', {
    terminationGracePeriodSeconds: 3,
    containers: [{ ...container(), lifecycle: { preStop: { sleep: { seconds: 3 } } } }],
  });
  await world.until('a', isReady);
  await world.remove('a');
  await world.until('a', p => p === undefined);
  expect(world.runtime.calls).toContain('stopContainer a/main 2');
});

test('a shorter grace period, asked for later, counts', async () => {
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  await world.create('a', { terminationGracePeriodSeconds: 60, containers: [container('main', 'stubborn')] });
  await world.until('a', isReady);
  await world.remove('a');
  await world.clock.advance(1000);
  await world.remove('a', 3);
  const startedMs = world.clock.monotonic();
  await world.until('a', p => p === undefined);
  expect(world.clock.monotonic() - startedMs).toBeLessThanOrEqual(3000);
});

test('a shorter grace period cuts short what a preStop hook still waits for', async () => {
  await world.create('a', {
    terminationGracePeriodSeconds: 600,
    initContainers: [{ ...container('side', 'side'), restartPolicy: 'Always' }],
    containers: [{ ...container(), lifecycle: { preStop: { sleep: { seconds: 300 } } } }],
  });
  await world.until('a', isReady);
  await world.remove('a');
  await world.clock.advance(1000);
  await world.remove('a', 3);
  await world.clock.advance(4000);
  expect(world.pod('a')).toBeUndefined();
  expect(await world.runtime.listPodSandbox()).toEqual([]);
});

test('a pod deleted by force is killed all the same', async () => {
  await world.create('a', {});
  await world.until('a', isReady);
  await world.remove('a', 0);
  await world.clock.advance(2000);
  expect(world.pod('a')).toBeUndefined();
  expect(await world.runtime.listPodSandbox()).toEqual([]);
  expect(await world.events('a')).toContain('Normal Killing: Stopping container main');
});

test('preStop counts towards the grace period', async () => {
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  await world.create('a', {
    terminationGracePeriodSeconds: 10,
    containers: [{ ...container('main', 'stubborn'), lifecycle: { preStop: { sleep: { seconds: 4 } } } }],
  });
  await world.until('a', isReady);
  const startedMs = world.clock.monotonic();
  await world.remove('a');
  await world.until('a', p => p === undefined);
  expect(world.clock.monotonic() - startedMs).toBe(10_000);
  expect(world.runtime.calls).toContain('stopContainer a/main 6');
});

test('readiness follows its probe; a failing liveness probe restarts the container', async () => {
  let [alive, ready] = [true, false];
  world.runtime.images.set('probed', {
    exec: ([name]) => ({ exitCode: (name === 'live' ? alive : ready) ? 0 : 1, stdout: 'no' }),
  });
  await world.create('a', {
    containers: [
      {
        ...container('main', 'probed'),
        livenessProbe: { exec: { command: ['live'] }, periodSeconds: 5, failureThreshold: 2 },
        readinessProbe: { exec: { command: ['ready'] }, periodSeconds: 1 },
      },
    ],
  });
  await world.clock.advance(3000);
  expect(isReady(world.pod('a'))).toBe(false);
  expect(world.pod('a')?.status?.phase).toBe('Running');
  ready = true;
  await world.until('a', isReady, 1500);
  alive = false;
  await world.until('a', pod => restartsOf(pod) === 1, 12_000);
  expect(await world.events('a')).toEqual(
    expect.arrayContaining([
      'Warning Unhealthy: Readiness probe failed: no',
      'Warning Unhealthy: Liveness probe failed: no',
      'Normal Killing: Container main failed liveness probe, will be restarted',
    ]),
  );
});

test('nothing else is probed before the startup probe has passed', async () => {
  let up = false;
  world.runtime.images.set('slow', { exec: ([name]) => ({ exitCode: name === 'up' && !up ? 1 : 0 }) });
  await world.create('a', {
    containers: [
      {
        ...container('main', 'slow'),
        startupProbe: { exec: { command: ['up'] }, periodSeconds: 1, failureThreshold: 30 },
        readinessProbe: { exec: { command: ['ready'] }, periodSeconds: 1 },
      },
    ],
  });
  await world.clock.advance(5000);
  expect(world.pod('a')?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
  expect(world.runtime.calls).not.toContain('execSync a/main ready');
  up = true;
  await world.until('a', isReady, 3000);
});

test('an active deadline ends the pod', async () => {
  await world.create('a', { activeDeadlineSeconds: 4 });
  await world.until('a', isReady);
  const pod = await world.until('a', p => p?.status?.phase === 'Failed', 6000);
  expect(pod?.status).toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
});

test('a pod that does not fit is rejected', async () => {
  await world.create('a', { containers: [{ ...container(), resources: { requests: { cpu: '1000' } } }] });
  const pod = await world.until('a', p => p?.status?.phase === 'Failed');
  expect(pod?.status).toMatchObject({ reason: 'OutOfcpu' });
  expect(pod?.status?.message).toMatch(
    /^Pod was rejected: Node didn't have enough resource: cpu, requested: 1000000, used: 0, capacity: \d+000$/,
  );
  expect(world.runtime.calls).toEqual([]);
});

test('a node selector is held against the labels the node has now', async () => {
  const nodes = world.client.resource(NODES);
  const body = { metadata: { labels: { disk: 'ssd' } } };
  await nodes.patch({ name: 'node-1' }, { type: 'merge', body });
  await world.create('a', { nodeSelector: { disk: 'ssd' } });
  await world.until('a', isReady);
  await world.create('b', { nodeSelector: { disk: 'none' } });
  const pod = await world.until('b', p => p?.status?.phase === 'Failed');
  expect(pod?.status?.reason).toBe('NodeAffinity');
});

test('a new image makes the container again, whatever the restart policy', async () => {
  world.runtime.images.set('app2', {});
  const pod = await world.create('a', { restartPolicy: 'Never' });
  await world.until('a', isReady);
  const now = await world.pods.get({ namespace: 'default', name: 'a' });
  const containers = (pod.spec?.containers ?? []).map(c => ({ ...c, image: 'app2' }));
  await world.pods.update({ ...now, spec: { ...now.spec, containers } });
  const next = await world.until('a', p => restartsOf(p) === 1 && isReady(p));
  expect(next?.status?.containerStatuses?.[0]?.image).toBe('docker.io/library/app2');
  expect(await world.events('a')).toContain(
    'Normal Killing: Container main definition changed, will be restarted',
  );
});

/** A pod that runs with a limit of 100m, and how to ask for another. */
async function resizable() {
  const resources = (cpu: string) => ({
    requests: { cpu: '50m', memory: '32Mi' },
    limits: { cpu, memory: '64Mi' },
  });
  await world.create('a', { containers: [{ ...container(), resources: resources('100m') }] });
  await world.until('a', isReady);
  return async (cpu: string) => {
    const body = { spec: { containers: [{ name: 'main', resources: resources(cpu) }] } };
    const patch = { type: 'strategic', body } as const;
    await world.pods.patch({ namespace: 'default', name: 'a' }, patch, { subresource: 'resize' });
    await world.clock.advance(100);
  };
}

test('a resize is written to the running container', async () => {
  const resize = await resizable();
  await resize('120m');
  expect(world.runtime.calls).toContain('updateContainerResources a/main 12000');
  const events = await world.events('a');
  expect(events.filter(event => event.includes('Resize')).map(event => event.split(':')[0])).toEqual([
    'Normal ResizeStarted',
    'Normal ResizeCompleted',
  ]);
});

test('a resize that failed and is taken back is not shown as under way for ever', async () => {
  const isResizing = () => world.pod('a')?.status?.conditions?.some(c => c.type === 'PodResizeInProgress');
  const resize = await resizable();
  world.runtime.failNext('updateContainerResources', new Error('no such cgroup'));
  await resize('120m');
  expect(isResizing()).toBe(true);
  await resize('100m');
  expect(isResizing()).toBe(false);
});

test('an idle pod costs no call and no write', async () => {
  await world.create('a', {});
  const before = await world.until('a', isReady);
  const calls = world.runtime.calls.length;
  await world.clock.advance(3_600_000);
  expect(world.runtime.calls.length).toBe(calls);
  expect(world.pod('a')?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
});
