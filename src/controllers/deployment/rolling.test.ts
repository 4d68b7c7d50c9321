import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import { newReplicaSetSize, oldReplicaSetSizes, proportionalSizes, rolloutBounds } from './rolling.ts';

function deployment(
  replicas: number,
  maxSurge: number | string,
  maxUnavailable: number | string,
): Deployment {
  return {
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: {},
      template: {},
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
    },
  };
}

function set(name: string, replicas: number, availableReplicas = replicas, max?: number): ReplicaSet {
  return {
    metadata: {
      name,
      creationTimestamp: `2026-01-01T00:00:0${name.length}Z`,
      ...(max === undefined ? {} : { annotations: { 'deployment.kubernetes.io/max-replicas': String(max) } }),
    },
    spec: { replicas, selector: {} },
    status: { replicas, availableReplicas },
  };
}

test('percentages round up for surge and down for unavailable', () => {
  expect(rolloutBounds(deployment(10, '25%', '25%'))).toEqual({ maxSurge: 3, maxUnavailable: 2 });
  expect(rolloutBounds(deployment(1, '25%', '25%'))).toEqual({ maxSurge: 1, maxUnavailable: 0 });
});

test('when both bounds come to nothing one pod may be unavailable, or no update could move', () => {
  expect(rolloutBounds(deployment(1, 0, '25%'))).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  expect(rolloutBounds(deployment(0, 0, 0))).toEqual({ maxSurge: 0, maxUnavailable: 0 });
});

test('the new ReplicaSet grows as far as the surge allows', () => {
  expect(newReplicaSetSize(deployment(3, 1, 0), [set('old', 3)], 0)).toBe(1);
  expect(newReplicaSetSize(deployment(3, 1, 0), [set('old', 3), set('new', 1)], 1)).toBe(1);
  expect(newReplicaSetSize(deployment(3, '100%', 0), [set('old', 3)], 0)).toBe(3);
});

test('pods of old ReplicaSets that are not available go first', () => {
  const sizes = oldReplicaSetSizes(deployment(4, 1, 1), set('new', 1, 0), [set('old', 4, 2)]);
  expect(sizes.get('old')).toBe(3);
});

test('nothing old goes while the new pods are not available and none may be missing', () => {
  const sizes = oldReplicaSetSizes(deployment(3, 1, 0), set('new', 1, 0), [set('old', 3)]);
  expect(sizes.size).toBe(0);
});

test('scaling in the middle of a rollout shares the change by size', () => {
  // 10 replicas, surge 3, being scaled to 15: the documented example of the concept page.
  const sizes = proportionalSizes(deployment(15, 3, 2), [set('new', 5, 5, 13), set('older', 8, 8, 13)]);
  expect(sizes).toEqual(
    new Map([
      ['older', 11],
      ['new', 7],
    ]),
  );
});

const bound = fc.oneof(
  fc.nat(6),
  fc.nat(100).map(percent => `${percent}%`),
);

test('a rollout never leaves its bounds and always ends, however slow the pods are', () => {
  fc.assert(
    fc.property(
      fc.record({
        replicas: fc.integer({ min: 0, max: 12 }),
        surge: bound,
        unavailable: bound,
        // Which pods become available in which round.
        luck: fc.infiniteStream(fc.boolean()),
      }),
      ({ replicas, surge, unavailable, luck }) => {
        const wanted = deployment(replicas, surge, unavailable);
        const { maxSurge, maxUnavailable } = rolloutBounds(wanted);
        let old = set('old', replicas);
        let next = set('new', 0);
        for (let round = 0; round < 500; round++) {
          const size = newReplicaSetSize(wanted, [old, next], next.spec.replicas ?? 0);
          if (size !== next.spec.replicas) {
            next = set('new', size, next.status?.availableReplicas ?? 0);
          } else {
            const shrunk = oldReplicaSetSizes(wanted, next, [old]).get('old');
            // Scaling down takes unavailable pods first; here all old ones are available.
            if (shrunk !== undefined) old = set('old', shrunk);
          }
          const total = (old.spec.replicas ?? 0) + (next.spec.replicas ?? 0);
          const available = (old.status?.availableReplicas ?? 0) + (next.status?.availableReplicas ?? 0);
          expect(total).toBeLessThanOrEqual(replicas + maxSurge);
          expect(available).toBeGreaterThanOrEqual(replicas - maxUnavailable);
          if (old.spec.replicas === 0 && next.status?.availableReplicas === replicas) return;
          const coming = next.status?.availableReplicas ?? 0;
          if (coming < (next.spec.replicas ?? 0) && luck.next().value) {
            next = set('new', next.spec.replicas ?? 0, coming + 1);
          }
        }
        throw new Error('the rollout did not end');
      },
    ),
  );
});

test('proportional scaling adds up to what is allowed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 50 }),
      fc.nat(10),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 5 }),
      (replicas, surge, sizes) => {
        const sum = sizes.reduce((a, b) => a + b, 0);
        const sets = sizes.map((size, i) => set('s'.repeat(i + 1), size, size, sum));
        const result = proportionalSizes(deployment(replicas, surge, 0), sets);
        const total = [...result.values()].reduce((a, b) => a + b, 0);
        for (const size of result.values()) expect(size).toBeGreaterThanOrEqual(0);
        expect(total).toBe(replicas === 0 ? 0 : replicas + surge);
      },
    ),
  );
});
