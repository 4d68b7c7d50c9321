import { expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { container, isReady, startKubeletWorld } from '../testing/kubelet-world.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { virtualClock } from '../testing/virtual-clock.ts';

test('a kubelet that is told to end before the API has told of its pods ends, and has touched none', async () => {
  const clock = virtualClock();
  const client = new ScriptedClient();
  // Nobody runs these.
  const informers = new InformerFactory({ client, clock, random: seededRandom(1), log: silentLogger });
  const world = await startKubeletWorld({ informers });
  await world.create('a', { containers: [container()] });
  expect(world.runtime.calls).toEqual([]);
  await world[Symbol.asyncDispose]();
});

test('a kubelet that ends does not wait for pods that take long to end; the next one goes on', async () => {
  const world = await startKubeletWorld();
  world.runtime.images.set('stubborn', { ignoresTerm: true });
  const lifecycle = { preStop: { sleep: { seconds: 300 } } };
  await world.create('hook', {
    terminationGracePeriodSeconds: 600,
    containers: [{ ...container(), lifecycle }],
  });
  await world.create('slow', {
    terminationGracePeriodSeconds: 600,
    containers: [container('main', 'stubborn')],
  });
  for (const name of ['hook', 'slow']) {
    await world.until(name, isReady);
    await world.remove(name);
  }
  await world.clock.advance(1_000);
  const before = world.clock.monotonic();
  await world.restart(async () => {
    expect(world.clock.monotonic()).toBe(before);
    const containers = await world.runtime.listContainers();
    expect(containers.map(({ state }) => state)).toEqual(['running', 'running']);
  });
  for (const name of ['hook', 'slow']) await world.until(name, pod => pod === undefined, 700_000);
  await world[Symbol.asyncDispose]();
});

test('what is left of pods that are gone is removed in the end, though the runtime fails at first', async () => {
  const world = await startKubeletWorld();
  for (const name of ['a', 'b']) {
    await world.create(name, { containers: [container()] });
    await world.until(name, isReady);
  }
  await world.restart(async () => {
    for (const name of ['a', 'b']) await world.remove(name, 0);
    world.runtime.failNext('stopPodSandbox', new Error('busy'));
  });
  await world.clock.advance(10_000);
  expect(await world.runtime.listPodSandbox()).toEqual([]);
  await world[Symbol.asyncDispose]();
});

test('a kubelet that has ended leaves nothing waiting', async () => {
  const world = await startKubeletWorld();
  await world.create('a', { containers: [container()] });
  await world.until('a', isReady);
  await world[Symbol.asyncDispose]();
  expect(world.clock.pending).toBe(0);
});
