import { expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import type { RuntimeEvent } from './cri/contract.ts';
import { followRuntime } from './follow-runtime.ts';

/** A runtime whose connections the test opens and loses, and a cache whose lists it lets fail. */
function world() {
  const clock = virtualClock();
  const stop = new AbortController();
  const states: (string | undefined)[] = [];
  const lists: { work: () => void; fail: () => void }[] = [];
  let lose: (error: Error) => void = () => {};
  const running = followRuntime(
    {
      runtime: {
        async *events(signal, onOpen): AsyncGenerator<RuntimeEvent> {
          onOpen?.();
          await new Promise<void>((resolve, reject) => {
            lose = reject;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        },
      },
      cache: {
        load: () =>
          new Promise<void>((resolve, reject) => {
            lists.push({ work: resolve, fail: () => reject(new Error('deadline exceeded')) });
          }),
        handle: async () => {},
      },
      clock,
      log: silentLogger,
      onState: problem => states.push(problem),
    },
    stop.signal,
  );
  const end = async () => {
    stop.abort();
    await running;
    await clock.settle();
  };
  return { clock, states, lists, lose: (error: Error) => lose(error), end };
}

test('a list that fails is made again until it works: only then the runtime is there', async () => {
  const { clock, states, lists, end } = world();
  await clock.settle();
  lists[0]?.fail();
  await clock.advance(1_000);
  expect(states).toEqual([]);
  lists[1]?.work();
  await clock.settle();
  expect(states).toEqual([undefined]);
  await end();
  expect([lists.length, clock.pending]).toEqual([2, 0]);
});

test('a list of a connection that was lost says nothing about the next one', async () => {
  const { clock, states, lists, lose, end } = world();
  await clock.settle();
  lose(new Error('gone'));
  await clock.settle();
  lists[0]?.work();
  await clock.settle();
  expect(states).toEqual(['container runtime is down: gone']);
  await clock.advance(1_000);
  lists[1]?.work();
  await clock.settle();
  expect(states.at(-1)).toBeUndefined();
  await end();
});
