import { expect, test } from 'vitest';
import type { Pod } from '../../generated/core-v1.ts';
import { podsToDelete } from './scale-down-order.ts';

const NOW = Date.UTC(2026, 0, 2);

function pod(
  name: string,
  options: {
    readonly node?: string;
    readonly phase?: string;
    readonly readySecondsAgo?: number;
    readonly cost?: number;
    readonly restarts?: number;
    readonly createdSecondsAgo?: number;
  } = {},
): Pod {
  const { node = 'n1', phase = 'Running', readySecondsAgo = 100, cost, restarts = 0 } = options;
  const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: ago(options.createdSecondsAgo ?? 200),
      ...(cost === undefined
        ? {}
        : { annotations: { 'controller.kubernetes.io/pod-deletion-cost': String(cost) } }),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: [
        readySecondsAgo < 0
          ? { type: 'Ready', status: 'False' }
          : { type: 'Ready', status: 'True', lastTransitionTime: ago(readySecondsAgo) },
      ],
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: restarts }],
    },
  };
}

const order = (...pods: Pod[]) => {
  const names: string[] = [];
  // One at a time, as far as the order decides it.
  for (let left = pods; left.length > 1; ) {
    const [first] = podsToDelete(left, left, 1, NOW);
    names.push(first?.metadata.name ?? '');
    left = left.filter(other => other !== first);
  }
  return names;
};

test('pods without a node go before all others', () => {
  expect(order(pod('a'), pod('b', { node: '' }))).toEqual(['b']);
});

test('pending before running, not ready before ready', () => {
  expect(order(pod('a'), pod('b', { readySecondsAgo: -1 }), pod('c', { phase: 'Pending' }))).toEqual([
    'c',
    'b',
  ]);
});

test('a lower deletion cost goes first, whatever the age; not being ready counts more', () => {
  expect(order(pod('a', { cost: 5 }), pod('b', { cost: -5, readySecondsAgo: 5_000 }), pod('c'))).toEqual([
    'b',
    'c',
  ]);
  expect(order(pod('a', { cost: -5 }), pod('b', { cost: 5, readySecondsAgo: -1 }))).toEqual(['b']);
});

test('the fuller node gives up a pod first', () => {
  expect(order(pod('a', { node: 'n1' }), pod('b', { node: 'n2' }), pod('c', { node: 'n2' }))[0]).toBe('b');
});

test('the more recently ready, the more often restarted, the more recently made go first', () => {
  expect(order(pod('a', { readySecondsAgo: 1_000 }), pod('b', { readySecondsAgo: 10 }))).toEqual(['b']);
  expect(order(pod('a'), pod('b', { restarts: 3 }))).toEqual(['b']);
  expect(order(pod('a', { createdSecondsAgo: 9_000 }), pod('b', { createdSecondsAgo: 300 }))).toEqual(['b']);
});

test('ages within a power of two are the same age: the uid decides', () => {
  expect(order(pod('b', { readySecondsAgo: 100 }), pod('a', { readySecondsAgo: 101 }))).toEqual(['a']);
});

test('all go when all have to', () => {
  expect(podsToDelete([pod('a'), pod('b')], [], 2, NOW)).toHaveLength(2);
});
