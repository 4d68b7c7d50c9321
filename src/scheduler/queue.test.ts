import { expect, test } from 'vitest';
import type { Pod } from '../generated/core-v1.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { podInfo } from './pod-info.ts';
import { SchedulingQueue } from './queue.ts';

const pod = (name: string, priority = 0) =>
  podInfo({
    metadata: { name, namespace: 'd', uid: name },
    spec: { containers: [], priority },
  } satisfies Pod);

function setUp() {
  const clock = virtualClock();
  let woken = 0;
  const queue = new SchedulingQueue(clock, () => woken++);
  return { clock, queue, woken: () => woken };
}

test('more important pods come first, then older ones', async () => {
  const { clock, queue } = setUp();
  queue.set(pod('old'), false);
  await clock.advance(10);
  queue.set(pod('young'), false);
  queue.set(pod('vip', 100), false);
  expect([queue.pop()?.uid, queue.pop()?.uid, queue.pop()?.uid, queue.pop()]).toEqual([
    'vip',
    'old',
    'young',
    undefined,
  ]);
});

test('a refused pod waits for a change its plugin wakes on, and for its backoff', async () => {
  const { clock, queue } = setUp();
  queue.set(pod('a'), false);
  const a = queue.pop() ?? pod('a');
  queue.failed(a, new Set([nodePorts]));
  await clock.advance(5_000);
  queue.changed('NodeChanged');
  expect(queue.pop()).toBeUndefined();
  queue.changed('PodGone');
  expect(queue.pop()?.uid).toBe('a');
  queue.failed(a, new Set([nodePorts]));
  queue.changed('PodGone');
  expect(queue.pop()).toBeUndefined();
  await clock.advance(2_000);
  expect(queue.pop()?.uid).toBe('a');
});

test('a change during the try is not missed', async () => {
  const { clock, queue } = setUp();
  queue.set(pod('a'), false);
  const a = queue.pop() ?? pod('a');
  queue.changed('NodeAdded');
  queue.failed(a, new Set([nodeAffinity]));
  await clock.advance(1_000);
  expect(queue.pop()?.uid).toBe('a');
});

test('without nodes only a new node wakes', async () => {
  const { clock, queue } = setUp();
  queue.set(pod('a'), false);
  queue.failed(queue.pop() ?? pod('a'), new Set());
  await clock.advance(2_000);
  queue.changed('PodGone');
  expect(queue.pop()).toBeUndefined();
  queue.changed('NodeAdded');
  expect(queue.pop()?.uid).toBe('a');
});

test('an unschedulable pod is tried again after five minutes whatever happens', async () => {
  const { clock, queue } = setUp();
  queue.set(pod('a'), false);
  queue.failed(queue.pop() ?? pod('a'), new Set([nodeAffinity]));
  await clock.advance(4 * 60_000);
  expect(queue.pop()).toBeUndefined();
  await clock.advance(2 * 60_000);
  expect(queue.pop()?.uid).toBe('a');
});

test('an idle queue holds no timer', () => {
  const { clock, queue } = setUp();
  queue.set(pod('a'), false);
  queue.delete('d/a');
  expect(clock.pending).toBe(0);
  expect(queue.size).toBe(0);
});

test('a later pod of the same name is not deleted with the earlier one', () => {
  const { queue } = setUp();
  queue.set(podInfo({ metadata: { name: 'a', namespace: 'd', uid: '2' }, spec: { containers: [] } }), false);
  queue.delete('d/a', '1');
  expect(queue.size).toBe(1);
});
