import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sleep } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

function setUp() {
  const clock = virtualClock({ settleTurns: 3 });
  const queue = new WorkQueue({ clock, random: seededRandom(1) });
  const abort = new AbortController();
  return { clock, queue, abort };
}

test('a key that is added several times before it is worked on is worked on once', async () => {
  const { clock, queue, abort } = setUp();
  const worked: string[] = [];
  const running = queue.run(async key => void worked.push(key), { signal: abort.signal });
  queue.add('a');
  queue.add('b');
  queue.add('a');
  await clock.settle();
  expect(worked).toEqual(['a', 'b']);
  abort.abort();
  await running;
});

test('a key added while it is worked on is worked on once more, afterwards', async () => {
  const { clock, queue, abort } = setUp();
  const log: string[] = [];
  const handle = async (key: string) => {
    log.push(`start ${key}`);
    await sleep(clock, 100);
    log.push(`end ${key}`);
  };
  const running = queue.run(handle, { signal: abort.signal, workers: 4 });
  queue.add('a');
  await clock.settle();
  queue.add('a');
  queue.add('a');
  await clock.advance(300);
  expect(log).toEqual(['start a', 'end a', 'start a', 'end a']);
  abort.abort();
  await running;
});

test('a failing key comes back with growing delays and is forgotten when it works', async () => {
  const { clock, queue, abort } = setUp();
  const times: number[] = [];
  const errors: number[] = [];
  const handle = async () => {
    times.push(clock.monotonic());
    if (times.length < 5) throw new Error('not yet');
  };
  const onError = (_key: string, _error: unknown, failures: number) => errors.push(failures);
  const running = queue.run(handle, { signal: abort.signal, onError });
  queue.add('a');
  await clock.advance(10_000);
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  for (const [i, expected] of [5, 10, 20, 40].entries()) {
    expect(gaps[i]).toBeGreaterThanOrEqual(expected);
    expect(gaps[i]).toBeLessThanOrEqual(expected * 1.1);
  }
  expect(errors).toEqual([1, 2, 3, 4]);
  expect(queue.failures('a')).toBe(0);
  abort.abort();
  await running;
});

test('of two delays for one key the earlier wins', async () => {
  const { clock, queue, abort } = setUp();
  const times: number[] = [];
  const running = queue.run(async () => void times.push(clock.monotonic()), { signal: abort.signal });
  queue.addAfter('a', 500);
  queue.addAfter('a', 200);
  queue.addAfter('a', 900);
  await clock.advance(2_000);
  expect(times).toEqual([200]);
  abort.abort();
  await running;
});

test('a handler can ask for its key to come back later', async () => {
  const { clock, queue, abort } = setUp();
  const times: number[] = [];
  const handle = async () => {
    times.push(clock.monotonic());
    return times.length < 3 ? { requeueAfterMs: 1_000 } : undefined;
  };
  const running = queue.run(handle, { signal: abort.signal });
  queue.add('a');
  await clock.advance(10_000);
  expect(times).toEqual([0, 1_000, 2_000]);
  abort.abort();
  await running;
});

test('stopping waits for work under way and leaves no timer', async () => {
  const { clock, queue, abort } = setUp();
  let finished = false;
  const handle = async () => {
    await sleep(clock, 100);
    finished = true;
  };
  const running = queue.run(handle, { signal: abort.signal });
  queue.add('a');
  queue.addAfter('b', 5_000);
  await clock.settle();
  abort.abort();
  await clock.advance(100);
  await running;
  expect(finished).toBe(true);
  expect(clock.pending).toBe(0);
});

test('whatever is added when, no key is ever worked on twice at once and no addition is missed', async () => {
  const additions = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), atMs: fc.nat(50) }), {
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(additions, fc.integer({ min: 1, max: 4 }), async (adds, workers) => {
      const { clock, queue, abort } = setUp();
      const active = new Set<string>();
      const lastStart = new Map<string, number>();
      let most = 0;
      const handle = async (key: string) => {
        expect(active.has(key)).toBe(false);
        active.add(key);
        most = Math.max(most, active.size);
        lastStart.set(key, clock.monotonic());
        await sleep(clock, 7);
        active.delete(key);
      };
      const running = queue.run(handle, { signal: abort.signal, workers });
      for (const { key, atMs } of adds) clock.schedule(atMs, () => queue.add(key));
      await clock.advance(2_000);
      for (const { key, atMs } of adds) expect(lastStart.get(key)).toBeGreaterThanOrEqual(atMs);
      expect(most).toBeLessThanOrEqual(workers);
      abort.abort();
      await running;
    }),
    { numRuns: 30 },
  );
});
