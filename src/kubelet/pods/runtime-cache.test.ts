import { expect, test } from 'vitest';
import { silentLogger } from '../../base/log.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import type { ContainerStatus } from '../cri/contract.ts';
import { createFakeRuntime } from '../cri/fake.ts';
import * as labels from './labels.ts';
import { RuntimeCache } from './runtime-cache.ts';

const UID = 'uid-a';

/** A cache over a runtime with one pod whose container was made and not started. */
async function setUp(imageId: (status: ContainerStatus) => Promise<string> = async () => 'sha256:app') {
  const clock = virtualClock();
  const runtime = createFakeRuntime(clock);
  runtime.images.set('app', {});
  const changed: string[] = [];
  const cache = new RuntimeCache({
    runtime,
    clock,
    log: silentLogger,
    terminationMessage: async () => '',
    imageId,
    onChange: uid => changed.push(uid),
  });
  const sandboxConfig = {
    metadata: { uid: UID, name: 'a', namespace: 'default', attempt: 0 },
    labels: { [labels.POD_UID]: UID, [labels.POD_NAME]: 'a', [labels.POD_NAMESPACE]: 'default' },
    annotations: {},
    linux: { securityContext: { namespaceOptions: { network: 'POD' } } },
  } as unknown as Parameters<typeof runtime.runPodSandbox>[0];
  const sandboxId = await runtime.runPodSandbox(sandboxConfig);
  const config = {
    metadata: { name: 'main', attempt: 0 },
    image: { image: 'app' },
    labels: { ...sandboxConfig.labels, [labels.CONTAINER_NAME]: 'main' },
    annotations: {},
  } as unknown as Parameters<typeof runtime.createContainer>[1];
  const make = () => runtime.createContainer(sandboxId, config, sandboxConfig);
  const states = () => cache.state(UID).containers.map(c => c.status.state);
  return { clock, runtime, cache, sandboxId, make, states, changed };
}

test('an end that is noted while the start is still being read stays noted', async () => {
  let answer = (_: string) => {};
  const waits: Promise<string>[] = [new Promise(resolve => (answer = resolve))];
  const { clock, runtime, cache, sandboxId, make, states } = await setUp(
    async () => waits.shift() ?? 'sha256:app',
  );
  await cache.addSandbox(sandboxId);
  const id = await make();
  cache.expectContainer(UID, sandboxId, id);
  await runtime.startContainer(id);
  // The start is read as running, and waits for the name of the image; meanwhile it ends.
  const started = cache.refreshContainer(sandboxId, id);
  await clock.advance(1);
  runtime.exit('a', 'main', 0);
  const handled = cache.handle({ type: 'exit', containerId: id, exitCode: 0 });
  await clock.advance(1000);
  await handled;
  answer('sha256:app');
  await started;
  expect(states()).toEqual(['exited']);
});

test('a container that is made while everything is listed stays known', async () => {
  const { clock, runtime, cache, sandboxId, make, states } = await setUp();
  await cache.addSandbox(sandboxId);
  const loading = cache.load();
  const id = await make();
  cache.expectContainer(UID, sandboxId, id);
  await runtime.startContainer(id);
  await loading;
  runtime.exit('a', 'main', 0);
  const handled = cache.handle({ type: 'exit', containerId: id, exitCode: 0 });
  await clock.advance(1000);
  await handled;
  expect(states()).toEqual(['exited']);
});

test('what the runtime has lost while nobody listened is forgotten, and reported', async () => {
  const { runtime, cache, sandboxId, make, states, changed } = await setUp();
  await cache.addSandbox(sandboxId);
  const id = await make();
  await cache.refreshContainer(sandboxId, id);
  expect(states()).toHaveLength(1);
  await runtime.removeContainer(id);
  await cache.load();
  expect(states()).toEqual([]);
  expect(changed).toEqual([UID]);
  await runtime.removePodSandbox(sandboxId);
  await cache.load();
  expect(cache.pods()).toEqual([]);
});
