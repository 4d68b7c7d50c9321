/** What goes wrong with a pod, and how it is told: over the fake runtime, in virtual time. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Container, Pod } from '../../generated/core-v1.ts';
import {
  container,
  isReady,
  type KubeletWorld,
  startKubeletWorld,
  stateOf,
} from '../../testing/kubelet-world.ts';

let world: KubeletWorld;
beforeEach(async () => {
  world = await startKubeletWorld();
});
afterEach(() => world[Symbol.asyncDispose]());

const first = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];
const states = (name: string) => [...new Set(world.versions(name).map(pod => stateOf(pod)))];

const failing = (kind: 'livenessProbe' | 'startupProbe', more: Partial<Container> = {}): Container => {
  world.runtime.images.set('ill', { exec: () => ({ exitCode: 1 }) });
  const probe = { exec: { command: ['check'] }, periodSeconds: 1, failureThreshold: 2 };
  return { ...container('main', 'ill'), [kind]: probe, ...more };
};

test('a container that its liveness probe kills again and again has to wait like one that crashes', async () => {
  await world.create('a', { terminationGracePeriodSeconds: 2, containers: [failing('livenessProbe')] });
  const pod = await world.until('a', p => stateOf(p) === 'CrashLoopBackOff', 20_000);
  // Twice at once: the first end is counted when the second one comes.
  expect(first(pod)).toMatchObject({ restartCount: 2, lastState: { terminated: { exitCode: 0 } } });
  expect(await world.events('a')).toContain(
    `Warning BackOff: Back-off restarting failed container main in pod a_default(${pod?.metadata.uid})`,
  );
  // It is shown from the start, and until it runs again.
  expect(states('a')).toEqual(['none', 'ContainerCreating', 'running', 'CrashLoopBackOff']);
  await world.until('a', p => first(p)?.restartCount === 3 && stateOf(p) === 'running', 11_000);
});

test('what a container did before is told however quickly the next one ends', async () => {
  let starts = 0;
  const program = {
    runsMs: 0,
    get exitCode() {
      return starts++ === 0 ? 1 : 0;
    },
  };
  world.runtime.images.set('quick', program);
  await world.create('a', { restartPolicy: 'OnFailure', containers: [container('main', 'quick')] });
  const pod = await world.until('a', p => p?.status?.phase === 'Succeeded');
  expect(first(pod)).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 1 } } });
  // The status is made from the runtime's records: the one before the last stays.
  expect(world.runtime.calls).not.toContain('removeContainer a/main');
});

test('with restartPolicy Never a failed probe ends the pod', async () => {
  await world.create('a', { restartPolicy: 'Never', containers: [failing('livenessProbe')] });
  const pod = await world.until('a', p => p?.status?.phase === 'Succeeded');
  expect(first(pod)?.restartCount).toBe(0);
  expect((await world.events('a')).filter(event => event.includes('Killing'))).toEqual([
    'Normal Killing: Stopping container main',
  ]);
});

test('a sidecar whose probe fails is told of as an init container', async () => {
  await world.create('a', {
    initContainers: [failing('startupProbe', { name: 'side', restartPolicy: 'Always' })],
  });
  await world.until('a', p => p?.status?.initContainerStatuses?.[0]?.restartCount === 1);
  expect(await world.events('a')).toContain('Normal Killing: Init container side failed startup probe');
});

test('a container counts as running when its postStart hook is through', async () => {
  const lifecycle = { postStart: { sleep: { seconds: 5 } } };
  await world.create('a', { containers: [{ ...container(), lifecycle }] });
  await world.clock.advance(4_000);
  expect(stateOf(world.pod('a'))).toBe('ContainerCreating');
  await world.until('a', isReady, 2_000);
});

test('a postStart hook that fails ends its container, and the status says why', async () => {
  world.runtime.images.set('hooked', { exec: () => ({ exitCode: 3, stdout: 'oops' }) });
  const lifecycle = { postStart: { exec: { command: ['sh', '-c', 'x'] } } };
  await world.create('a', { containers: [{ ...container('main', 'hooked'), lifecycle }] });
  const pod = await world.until('a', p => first(p)?.restartCount === 1);
  expect(first(pod)?.state?.waiting).toEqual({
    reason: 'PostStartHookError',
    message: `Exec lifecycle hook ([sh -c x]) for Container "main" in Pod "a_default(${pod?.metadata.uid})" failed - error: command 'sh -c x' exited with 3: , message: "oops"`,
  });
  await world.until('a', p => stateOf(p) === 'CrashLoopBackOff', 20_000);
  expect(states('a')).not.toContain('running');
  const events = await world.events('a');
  expect(events).toContain('Warning FailedPostStartHook: PostStartHook failed');
  expect(events).toContain('Normal Killing: FailedPostStartHook');
  expect(events.filter(event => event.startsWith('Warning Failed:'))).toEqual([]);
});

test('a command that is not there is shown as such until the container waits for its restart', async () => {
  world.runtime.images.set('none', { startError: 'executable file not found' });
  await world.create('a', { containers: [container('main', 'none')] });
  await world.until('a', p => stateOf(p) === 'CrashLoopBackOff', 30_000);
  expect(states('a')).toEqual(['none', 'ContainerCreating', 'RunContainerError', 'CrashLoopBackOff']);
});

test.each([
  ['UPPER', 'invalid reference format: repository name (library/UPPER) must be lowercase'],
  ['a:b:c', 'invalid reference format'],
])('an image that cannot be named so: %s', async (image, why) => {
  await world.create('a', { containers: [container('main', image)] });
  const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${why}`;
  const pod = await world.until('a', p => stateOf(p) === 'InvalidImageName');
  expect(first(pod)?.state?.waiting?.message).toBe(message);
  expect(await world.events('a')).toEqual([
    `Warning InspectFailed: ${message}`,
    'Warning Failed: Error: InvalidImageName',
  ]);
});

test('every volume that cannot be made is told of', async () => {
  await world.create('a', {
    volumes: [
      { name: 'v', configMap: { name: 'none' } },
      { name: 'w', projected: { sources: [{ configMap: { name: 'x' } }, { secret: { name: 'y' } }] } },
    ],
  });
  const failed = 'Warning FailedMount: MountVolume.SetUp failed for volume';
  expect(await world.events('a')).toEqual([
    `${failed} "v" : configmap "none" not found`,
    `${failed} "w" : [configmap "x" not found, secret "y" not found]`,
  ]);
});

test('a pod that is refused has no conditions, and the event says it without the status’ preface', async () => {
  await world.create('a', { nodeSelector: { disk: 'none' } });
  const pod = await world.until('a', p => p?.status?.phase === 'Failed');
  const why = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
  expect(pod?.status).toEqual({
    observedGeneration: 1,
    phase: 'Failed',
    reason: 'NodeAffinity',
    message: `Pod was rejected: ${why}`,
    qosClass: 'BestEffort',
    startTime: pod?.status?.startTime,
  });
  expect(await world.events('a')).toEqual([`Warning NodeAffinity: ${why}`]);
});

test('hooks of all containers run at once when a pod ends; sidecars wait only with their signal', async () => {
  const lifecycle = { preStop: { sleep: { seconds: 3 } } };
  await world.create('a', {
    terminationGracePeriodSeconds: 30,
    initContainers: [{ ...container('side', 'side'), restartPolicy: 'Always', lifecycle }],
    containers: [{ ...container(), lifecycle }],
  });
  await world.until('a', isReady);
  const startedMs = world.clock.monotonic();
  await world.remove('a');
  await world.until('a', p => p === undefined);
  expect(world.clock.monotonic() - startedMs).toBeLessThan(4_000);
  const stops = world.runtime.calls.filter(call => call.startsWith('stopContainer'));
  expect(stops).toEqual(['stopContainer a/main 27', 'stopContainer a/side 27']);
});
