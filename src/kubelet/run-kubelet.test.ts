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

test('a kubelet that has ended leaves nothing waiting', async () => {
  const world = await startKubeletWorld();
  await world.create('a', { containers: [container()] });
  await world.until('a', isReady);
  await world[Symbol.asyncDispose]();
  expect(world.clock.pending).toBe(0);
});
