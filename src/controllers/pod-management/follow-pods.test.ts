import { expect, test } from 'vitest';
import type { Informer, InformerHandlers } from '../../client/informer.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { Expectations } from './expectations.ts';
import { followPods, ownerKey } from './follow-pods.ts';

function setUp() {
  let handlers: InformerHandlers<Pod> = {};
  const pods = { addHandlers: (given: InformerHandlers<Pod>) => void (handlers = given) };
  const expectations = new Expectations(virtualClock());
  const told: string[] = [];
  followPods(pods as unknown as Informer<Pod>, {
    kind: 'ReplicaSet',
    expectations,
    enqueue: key => told.push(key),
    orphan: pod => told.push(`orphan ${pod.metadata.name}`),
  });
  return { handlers: handlers as Required<InformerHandlers<Pod>>, expectations, told };
}

const pod = (owner?: string, kind = 'ReplicaSet', deletionTimestamp?: string): Pod => ({
  metadata: {
    name: 'p',
    namespace: 'ns',
    uid: 'uid-p',
    deletionTimestamp,
    ...(owner && {
      ownerReferences: [{ apiVersion: 'apps/v1', kind, name: owner, uid: `uid-${owner}`, controller: true }],
    }),
  },
  spec: { containers: [] },
});

test('the key is that of the controller, and of its kind only', () => {
  expect(ownerKey(pod('a'), 'ReplicaSet')).toBe('ns/a');
  expect(ownerKey(pod('a', 'Job'), 'ReplicaSet')).toBeUndefined();
  expect(ownerKey(pod(), 'ReplicaSet')).toBeUndefined();
});

test('a pod that comes is one that was expected, but for those of the first list', () => {
  const { handlers, expectations, told } = setUp();
  expectations.expect('ns/a', 1, []);
  handlers.added(pod('a'), true);
  expect(expectations.satisfied('ns/a')).toBe(false);
  handlers.added(pod('a', 'Job'), false);
  expect(expectations.satisfied('ns/a')).toBe(false);
  handlers.added(pod('a'), false);
  expect(expectations.satisfied('ns/a')).toBe(true);
  expect(told).toEqual(['ns/a', 'ns/a']);
});

test('a pod that is going counts as gone', () => {
  const { handlers, expectations } = setUp();
  expectations.expect('ns/a', 0, ['uid-p']);
  handlers.updated(pod('a', 'ReplicaSet', '2026-01-01T00:00:00Z'), pod('a'));
  expect(expectations.satisfied('ns/a')).toBe(true);
});

test('a pod that changes hands is told to both', () => {
  const { handlers, told } = setUp();
  handlers.updated(pod('b'), pod('a'));
  handlers.updated(pod(), pod('b'));
  handlers.deleted(pod());
  expect(told).toEqual(['ns/a', 'ns/b', 'ns/b', 'orphan p', 'orphan p']);
});
