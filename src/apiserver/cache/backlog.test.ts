import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

function setUp(maxBytes: number) {
  const written: string[] = [];
  const overflows: number[] = [];
  const sink = {
    open: true,
    write(chunk: Buffer) {
      written.push(chunk.toString());
      return this.open;
    },
  };
  const backlog = new Backlog({ sink, maxBytes, onOverflow: bytes => void overflows.push(bytes) });
  const push = (...texts: string[]) => {
    for (const text of texts) backlog.push(Buffer.from(text));
  };
  return { written, overflows, sink, backlog, push };
}

test('while the sink takes bytes they go straight through', () => {
  const { written, backlog, push } = setUp(10);
  push('a', 'b');
  expect(written).toEqual(['a', 'b']);
  expect(backlog.heldBytes).toBe(0);
});

test('what a full sink cannot take is written in one piece, in order, when it has drained', () => {
  const { written, sink, backlog, push } = setUp(10);
  sink.open = false;
  push('a', 'b', 'c');
  expect(written).toEqual(['a']);
  expect(backlog.heldBytes).toBe(2);
  sink.open = true;
  backlog.drained();
  expect(written).toEqual(['a', 'bc']);
  push('d');
  expect(written).toEqual(['a', 'bc', 'd']);
});

test('a sink that is still full after draining goes on holding', () => {
  const { written, sink, backlog, push } = setUp(10);
  sink.open = false;
  push('a', 'b');
  backlog.drained();
  push('c');
  expect(written).toEqual(['a', 'b']);
  expect(backlog.heldBytes).toBe(1);
});

test('beyond the limit the watcher is given up once, and nothing is held or written any more', () => {
  const { written, overflows, sink, backlog, push } = setUp(3);
  sink.open = false;
  push('a', 'bb', 'c', 'd', 'e');
  expect(overflows).toEqual([4]);
  expect(backlog.heldBytes).toBe(0);
  sink.open = true;
  backlog.drained();
  push('f');
  expect(written).toEqual(['a']);
});
