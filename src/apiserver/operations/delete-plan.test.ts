import { expect, test } from 'vitest';
import type { KindDefinition } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import { planDelete } from './delete-plan.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const thing: KindDefinition = {
  group: 'example.com',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  singular: 'thing',
  namespaced: true,
  schema: '',
};
const slowThing: KindDefinition = { ...thing, gracePeriodSeconds: (_, requested) => requested ?? 30 };
const object = (metadata: KubeObject['metadata'] = {}): KubeObject => ({
  metadata: { name: 'a', ...metadata },
});

test('an object without finalizers and grace period is removed as it is', () => {
  const old = object();
  expect(planDelete(thing, old, {}, NOW)).toEqual({ action: 'remove', last: old });
});

test('finalizers keep an object, marked', () => {
  const plan = planDelete(thing, object({ finalizers: ['x/y'] }), {}, NOW);
  expect(plan).toMatchObject({
    action: 'mark',
    next: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 } },
  });
});

test.each([
  ['Foreground', ['foregroundDeletion']],
  ['Orphan', ['orphan']],
])('propagation policy %s is a finalizer', (propagationPolicy, finalizers) => {
  const plan = planDelete(thing, object(), { propagationPolicy }, NOW);
  expect(plan).toMatchObject({ action: 'mark', next: { metadata: { finalizers } } });
});

test('background deletion takes the finalizers of the other policies away', () => {
  const plan = planDelete(
    thing,
    object({ finalizers: ['orphan'] }),
    { propagationPolicy: 'Background' },
    NOW,
  );
  expect(plan.action).toBe('remove');
});

test('a grace period puts the deletion into the future and counts as a change', () => {
  const plan = planDelete(slowThing, object({ generation: 1 }), {}, NOW);
  expect(plan).toMatchObject({
    action: 'mark',
    next: {
      metadata: { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30, generation: 2 },
    },
  });
});

test('a grace period only becomes shorter, counted from the first request', () => {
  const marked = object({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
  expect(planDelete(slowThing, marked, { gracePeriodSeconds: 60 }, NOW).action).toBe('none');
  expect(planDelete(slowThing, marked, {}, NOW).action).toBe('none');
  expect(planDelete(slowThing, marked, { gracePeriodSeconds: 10 }, NOW)).toMatchObject({
    next: { metadata: { deletionTimestamp: '2026-01-01T00:00:10Z', deletionGracePeriodSeconds: 10 } },
  });
  expect(planDelete(slowThing, marked, { gracePeriodSeconds: 0 }, NOW).action).toBe('remove');
});
