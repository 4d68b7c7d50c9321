/** What goes wrong in a pod's life, and what a restarted kubelet finds; fake runtime, virtual time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONFIG_MAPS } from '../../client/resources.ts';
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

test('a broken sandbox is replaced, with everything in it', async () => {
  await world.create('a', {});
  await world.until('a', isReady);
  world.runtime.breakSandbox('a');
  const pod = await world.until('a', p => restartsOf(p) === 1 && isReady(p));
  expect(pod?.status?.podIP).not.toBe('10.244.0.1');
  expect(await world.events('a')).toContain(
    'Normal SandboxChanged: Pod sandbox changed, it will be killed and re-created.',
  );
});

test('a sandbox that cannot be made is tried again', async () => {
  world.runtime.failNext('runPodSandbox', new Error('no addresses left'));
  await world.create('a', {});
  await world.until('a', isReady, 20_000);
  expect(await world.events('a')).toContain(
    'Warning FailedCreatePodSandBox: Failed to create pod sandbox: no addresses left',
  );
});

test('a pod whose config map is missing takes no sandbox until it is there', async () => {
  await world.create('a', {
    containers: [{ ...container(), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', configMap: { name: 'late' } }],
  });
  await world.clock.advance(1000);
  expect(world.runtime.calls).toEqual([]);
  expect(await world.events('a')).toEqual([
    'Warning FailedMount: MountVolume.SetUp failed for volume "v" : configmap "late" not found',
  ]);
  await world.client.resource(CONFIG_MAPS).create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'late', namespace: 'default' },
    data: { a: '1' },
  } as never);
  await world.until('a', isReady, 1000);
  expect(Object.values(world.os.files())).toContain('1');
});

test('an image that cannot be pulled backs off, and is pulled when it can be', async () => {
  await world.create('a', { containers: [container('main', 'far')] });
  expect(stateOf(await world.until('a', p => stateOf(p) === 'ErrImagePull'))).toBe('ErrImagePull');
  const pod = await world.until('a', p => stateOf(p) === 'ImagePullBackOff');
  expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe(
    'Back-off pulling image "far": ErrImagePull: failed to resolve reference "far": not found',
  );
  world.runtime.registry.set('far', {});
  await world.until('a', isReady, 15_000);
  expect(world.runtime.calls.filter(call => call === 'pullImage far')).toHaveLength(2);
});

test('a container that cannot start shows why, and ends a pod that must not restart', async () => {
  world.runtime.images.set('broken', { startError: 'exec: not found' });
  await world.create('a', { restartPolicy: 'Never', containers: [container('main', 'broken')] });
  const pod = await world.until('a', p => p?.status?.phase === 'Failed');
  expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 128,
    reason: 'StartError',
    message: 'exec: not found',
  });
  expect(await world.events('a')).toContain('Warning Failed: Error: exec: not found');
});

test('a restarted kubelet adopts its pods: nothing is called, nothing is written', async () => {
  await world.create('a', {});
  const before = await world.until('a', isReady);
  const calls = world.runtime.calls.length;
  await world.restart();
  await world.clock.advance(60_000);
  expect(world.runtime.calls.slice(calls)).toEqual([]);
  expect(world.pod('a')?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
});

test('what ends while no kubelet looks, or while events are lost, is seen afterwards', async () => {
  await world.create('a', {});
  await world.until('a', isReady);
  world.runtime.dropEvents();
  await world.clock.settle();
  world.runtime.exit('a', 'main', 9);
  await world.until('a', pod => restartsOf(pod) === 1 && isReady(pod));
});

test('a pod that waits for its image is deleted without waiting', async () => {
  world.runtime.registry.set('huge', { pullMs: 600_000 });
  await world.create('a', { containers: [container('main', 'huge')] });
  await world.clock.advance(1000);
  expect(stateOf(world.pod('a'))).toBe('ContainerCreating');
  await world.remove('a');
  await world.until('a', p => p === undefined, 1000);
});

test('a pod that went while no kubelet looked is stopped with its grace period', async () => {
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  await world.create('a', { terminationGracePeriodSeconds: 7, containers: [container('main', 'stubborn')] });
  await world.until('a', isReady);
  await world.restart(() => world.remove('a', 0));
  await world.clock.advance(10_000);
  expect(world.runtime.calls).toContain('stopContainer a/main 7');
  expect(await world.runtime.listPodSandbox()).toEqual([]);
});
