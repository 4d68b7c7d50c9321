import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { OwnerReference } from '../../generated/meta-v1.ts';
import { type OwnerState, planGarbage } from './plan.ts';

const reference = (uid: string, blockOwnerDeletion = true): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  blockOwnerDeletion,
});

function object(uid: string, extra: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { metadata: { name: uid, uid, ...extra } };
}

const deleting = (uid: string, finalizer: string): KubeObject =>
  object(uid, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [finalizer] });

const plan = (item: KubeObject, states: readonly OwnerState[] = [], dependents: readonly KubeObject[] = []) =>
  planGarbage({
    object: item,
    owners: states.map((state, i) => ({ reference: reference(`owner-${i}`), state })),
    dependents,
  });

test('an object without owners is left alone', () => {
  expect(plan(object('a'))).toEqual([]);
});

test('all owners gone: deleted; some: released from those', () => {
  expect(plan(object('a'), ['absent', 'absent'])).toEqual([{ type: 'delete', policy: 'Background' }]);
  expect(plan(object('a'), ['present', 'absent', 'waiting'])).toEqual([
    { type: 'release', object: object('a'), ownerUids: ['owner-1', 'owner-2'] },
  ]);
  expect(plan(object('a'), ['present'])).toEqual([]);
});

test('under an owner that waits, what has dependents of its own is deleted in the foreground too', () => {
  const child = object('child', { ownerReferences: [reference('a')] });
  expect(plan(object('a'), ['waiting'], [child])).toEqual([{ type: 'delete', policy: 'Foreground' }]);
  expect(plan(object('a'), ['waiting'])).toEqual([{ type: 'delete', policy: 'Background' }]);
});

test('a finalizer somebody put on the object says how it goes', () => {
  expect(plan(object('a', { finalizers: ['orphan'] }), ['absent'])).toEqual([
    { type: 'delete', policy: 'Orphan' },
  ]);
  expect(plan(object('a', { finalizers: ['foregroundDeletion'] }), ['absent'])).toEqual([
    { type: 'delete', policy: 'Foreground' },
  ]);
});

test('an owner being orphaned releases its dependents before it lets go itself', () => {
  const child = object('child', { ownerReferences: [reference('a')] });
  expect(plan(deleting('a', 'orphan'), [], [child])).toEqual([
    { type: 'release', object: child, ownerUids: ['a'] },
    { type: 'remove-finalizer', finalizer: 'orphan' },
  ]);
});

test('a foreground deletion waits for dependents that block it, and for no others', () => {
  const blocking = object('blocking', { ownerReferences: [reference('a')] });
  const other = object('other', { ownerReferences: [reference('a', false)] });
  const owner = deleting('a', 'foregroundDeletion');
  expect(plan(owner, [], [blocking, other])).toEqual([{ type: 'visit', uid: 'blocking' }]);
  expect(plan(owner, [], [other])).toEqual([{ type: 'remove-finalizer', finalizer: 'foregroundDeletion' }]);
});

test('an object that is on its way for other reasons is left to those', () => {
  expect(plan(deleting('a', 'example.com/hold'), ['absent'])).toEqual([]);
});
