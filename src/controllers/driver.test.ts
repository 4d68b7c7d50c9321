import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { objectKey } from '../api/object.ts';
import { conflict } from '../api/status-error.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import type { ControllerDefinition } from './controller.ts';
import { ControllerDriver } from './driver.ts';

const THINGS = { group: '', version: 'v1', resource: 'things' };
const thing = (name: string): KubeObject => ({
  kind: 'Thing',
  metadata: { namespace: 'default', name, uid: name },
});

function setUp(reconcile: (key: string) => Promise<void>, options: { resyncMs?: number; log?: Logger } = {}) {
  const clock = virtualClock();
  const client = new ScriptedClient();
  const { resyncMs, log = silentLogger } = options;
  const controller: ControllerDefinition = {
    name: 'thing',
    build: context => {
      const things = context.informer<KubeObject>(THINGS);
      things.addHandlers({
        added: object => context.enqueue(objectKey(object)),
        updated: object => context.enqueue(objectKey(object)),
      });
      return {
        reconcile,
        ...(resyncMs ? { resyncMs, resyncKeys: () => things.lister.list().map(objectKey) } : {}),
      };
    },
  };
  const driver = new ControllerDriver([controller], {
    client,
    clock,
    random: seededRandom(1),
    log,
    kinds: () => [],
  });
  const abort = new AbortController();
  const stop = async (running: Promise<void>) => {
    abort.abort();
    await clock.settle();
    await running;
  };
  return { clock, client, driver, abort, stop };
}

test('nothing is reconciled before the first list is there', async () => {
  const keys: string[] = [];
  const { clock, client, driver, abort, stop } = setUp(async key => void keys.push(key));
  client.put(thing('a'));
  client.failures.push(new Error('away'));
  const running = driver.run(abort.signal);
  await clock.settle();
  expect([keys, driver.ready]).toEqual([[], false]);
  await clock.advance(5_000);
  expect([keys, driver.ready]).toEqual([['default/a'], true]);
  await stop(running);
  expect(clock.pending).toBe(0);
});

test('a failure is retried, shown in the health, and forgotten when the key works', async () => {
  let broken = true;
  const { clock, client, driver, abort, stop } = setUp(async () => {
    if (broken) throw new Error('no luck');
  });
  client.put(thing('a'));
  const running = driver.run(abort.signal);
  await clock.advance(1_000);
  expect(driver.health()[0]).toMatchObject({ name: 'thing', lastError: 'default/a: no luck' });
  broken = false;
  await clock.advance(60_000);
  expect(driver.health()[0]).not.toHaveProperty('lastError');
  await stop(running);
});

test('a conflict is no news until it does not stop', async () => {
  const warnings: string[] = [];
  const log: Logger = { ...silentLogger, warn: message => warnings.push(message), with: () => log };
  let conflicts = 3;
  const { clock, client, driver, abort, stop } = setUp(
    async () => {
      if (conflicts-- > 0) throw conflict({ group: '', resource: 'things' }, 'a', 'changed');
    },
    { log },
  );
  client.put(thing('a'));
  const running = driver.run(abort.signal);
  await clock.advance(1_000);
  expect([warnings, driver.health()[0]?.reconciled]).toEqual([[], 1]);
  conflicts = 20;
  client.put(thing('a'));
  await clock.advance(10_000);
  expect(warnings.length).toBeGreaterThan(0);
  await stop(running);
});

test('a controller that asks for it is given its keys again at every resync', async () => {
  const times: number[] = [];
  const { clock, client, driver, abort, stop } = setUp(async () => void times.push(clock.monotonic()), {
    resyncMs: 30_000,
  });
  client.put(thing('a'));
  const running = driver.run(abort.signal);
  await clock.advance(65_000);
  expect(times).toEqual([0, 30_000, 60_000]);
  await stop(running);
  expect(clock.pending).toBe(0);
});
