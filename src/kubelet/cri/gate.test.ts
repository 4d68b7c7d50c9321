import { expect, test } from 'vitest';
import { Gate, type GatePriority } from './gate.ts';

function played(limit: number) {
  const gate = new Gate(limit);
  const order: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const start = (name: string, priority: GatePriority) =>
    gate.run(priority, () => {
      order.push(name);
      return new Promise<void>((resolve, reject) => {
        ends.set(name, error => (error ? reject(error) : resolve()));
      });
    });
  const settle = () => new Promise(resolve => setImmediate(resolve));
  return { order, ends, start, settle };
}

test('no more than the limit run at once; what finishes pods goes first', async () => {
  const { order, ends, start, settle } = played(2);
  const calls = [
    start('a', 'begin'),
    start('b', 'begin'),
    start('clean', 'clean'),
    start('c', 'begin'),
    start('x', 'finish'),
  ];
  await settle();
  expect(order).toEqual(['a', 'b']);
  for (const name of ['a', 'b', 'x', 'c', 'clean']) {
    ends.get(name)?.();
    await settle();
  }
  await Promise.all(calls);
  expect(order).toEqual(['a', 'b', 'x', 'c', 'clean']);
});

test('a call that fails gives its place back', async () => {
  const { order, ends, start, settle } = played(1);
  const failing = start('a', 'begin');
  const next = start('b', 'begin');
  await settle();
  ends.get('a')?.(new Error('no'));
  await expect(failing).rejects.toThrow('no');
  await settle();
  ends.get('b')?.();
  await next;
  await Promise.all([start('c', 'finish'), settle().then(() => ends.get('c')?.())]);
  expect(order).toEqual(['a', 'b', 'c']);
});
