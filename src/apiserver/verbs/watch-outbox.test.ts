import { expect, test } from 'vitest';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { WatchOutbox } from './watch-outbox.ts';

function setUp(pendingBytes = 0) {
  const clock = virtualClock();
  const writes: string[] = [];
  const tooSlow: number[] = [];
  const outbox = new WatchOutbox({ clock, maxBacklogBytes: 10, onTooSlow: bytes => tooSlow.push(bytes) });
  const sink = {
    write: (chunk: Buffer) => void writes.push(chunk.toString()),
    pendingBytes: () => pendingBytes,
    drained: async () => {},
    signal: new AbortController().signal,
  };
  const send = (text: string) => {
    outbox.add(Buffer.from(text));
    outbox.send();
  };
  return { clock, writes, tooSlow, outbox, sink, send };
}

test('what comes before the stream is open waits, and goes first', () => {
  const { writes, outbox, sink, send } = setUp();
  send('a');
  send('b');
  expect(writes).toEqual([]);
  outbox.open(sink);
  send('c');
  expect(writes).toEqual(['ab', 'c']);
});

test('events of a lively stream go together, in order, none later than 5 ms', async () => {
  const { clock, writes, outbox, sink, send } = setUp();
  outbox.open(sink);
  const sent = Array.from({ length: 100 }, (_, i) => String(i % 10));
  for (const text of sent) send(text);
  expect(writes.length).toBeLessThan(20);
  await clock.advance(5);
  expect(writes.join('')).toBe(sent.join(''));
  // After a rest each goes at once again.
  await clock.advance(1000);
  const before = writes.length;
  send('x');
  expect(writes.slice(before)).toEqual(['x']);
});

test('a client that takes nothing is told of, before the stream opens and after', () => {
  const early = setUp();
  early.outbox.add(Buffer.alloc(11));
  expect(early.tooSlow).toEqual([11]);
  const late = setUp(20);
  late.outbox.open(late.sink);
  late.send('a');
  expect(late.tooSlow).toEqual([20]);
});

test('many lively streams wait with one timer, and none is left when all have ended', async () => {
  const { clock, outbox, sink } = setUp();
  const other = new WatchOutbox({ clock, maxBacklogBytes: 10, onTooSlow: () => {} });
  for (const each of [outbox, other]) {
    each.open(sink);
    for (let i = 0; i < 100; i++) {
      each.add(Buffer.from('x'));
      each.send();
    }
  }
  expect(clock.pending).toBe(1);
  outbox.flush();
  expect(clock.pending).toBe(1);
  other.flush();
  expect(clock.pending).toBe(0);
});
