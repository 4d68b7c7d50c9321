import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/flowcontrol-v1.ts';
import { bootstrapFlowObjects } from './bootstrap-objects.ts';
import { configurationOf, danglingCondition, limitsOf } from './configuration.ts';

const { levels, schemas } = bootstrapFlowObjects();
const names = (objects: readonly { metadata: { name?: string | undefined } }[]) =>
  objects.map(o => o.metadata.name);

const level = (name: string, limited: object = {}): PriorityLevelConfiguration => ({
  metadata: { name },
  spec: {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 10, limitResponse: { type: 'Reject' }, ...limited },
  },
});
const schema = (name: string, to: string, matchingPrecedence = 1000): FlowSchema => ({
  metadata: { name },
  spec: { matchingPrecedence, priorityLevelConfiguration: { name: to } },
});

test('the mandatory objects hold when nothing is stored', () => {
  const found = configurationOf([], []);
  expect(new Set(names(found.levels))).toEqual(new Set(['catch-all', 'exempt']));
  expect(names(found.schemas)).toEqual(['exempt', 'catch-all']);
});

test('schemas come by precedence, then by name; those without a level do not come', () => {
  const found = configurationOf(
    [level('x')],
    [schema('b', 'x'), schema('a', 'x'), schema('c', 'x', 5), schema('d', 'y')],
  );
  expect(names(found.schemas)).toEqual(['exempt', 'c', 'a', 'b', 'catch-all']);
});

test('a level that contradicts itself is none', () => {
  const broken = level('x', { limitResponse: { type: 'Queue' } });
  expect(names(configurationOf([broken], [schema('a', 'x')]).schemas)).toEqual(['exempt', 'catch-all']);
});

test('seats of the bootstrap levels are upstream’s of its 600', () => {
  const limits = limitsOf(levels, 600);
  const rows = levels.map((l, i) => [l.metadata.name, ...Object.values(limits[i] ?? {})]);
  expect(rows).toEqual([
    ['catch-all', 13, 13, 613, undefined],
    ['exempt', 0, 0, 600, undefined],
    ['global-default', 49, 24, 649, 8],
    ['leader-election', 25, 25, 625, 4],
    ['node-high', 98, 73, 698, 15],
    ['system', 74, 50, 674, 12],
    ['workload-high', 98, 49, 698, 15],
    ['workload-low', 245, 24, 845, 37],
  ]);
});

test('limits are in order and together give every seat away', () => {
  const share = fc.record({
    nominalConcurrencyShares: fc.nat(200),
    lendablePercent: fc.nat(100),
    borrowingLimitPercent: fc.option(fc.nat(300), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc.array(share, { minLength: 1, maxLength: 9 }),
      fc.integer({ min: 1, max: 2000 }),
      (shares, total) => {
        const limits = limitsOf(
          shares.map((s, i) => level(`l${i}`, s)),
          total,
        );
        for (const { least, nominal, most } of limits) expect(least <= nominal && nominal <= most).toBe(true);
        const sum = limits.reduce((all, l) => all + l.nominal, 0);
        if (shares.some(s => s.nominalConcurrencyShares > 0)) expect(sum).toBeGreaterThanOrEqual(total);
        expect(sum).toBeLessThan(total + shares.length);
      },
    ),
  );
});

test('a schema says whether its level is there, and is left alone when it does', () => {
  const found = danglingCondition(schema('a', 'x'), [level('x')], 'now');
  expect(found).toEqual({
    type: 'Dangling',
    status: 'False',
    reason: 'Found',
    message: 'This FlowSchema references the PriorityLevelConfiguration object named "x" and it exists',
    lastTransitionTime: 'now',
  });
  expect(danglingCondition(schema('a', 'x'), [], 'now')).toMatchObject({
    status: 'True',
    reason: 'NotFound',
    message:
      'This FlowSchema references the PriorityLevelConfiguration object named "x" but there is no such object',
  });
  for (const known of schemas) expect(danglingCondition(known, levels, 'now')).toBeUndefined();
});
