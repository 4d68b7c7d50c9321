import { expect, test } from 'vitest';
import type { Node, NodeSpec } from '../../../generated/core-v1.ts';
import type { StrategyContext } from '../../kind.ts';
import { node } from '../node.ts';

const context = {} as StrategyContext;
const made = (spec: NodeSpec): Node => ({ metadata: { name: 'n' }, spec });

test.each<[string, string[], string[], number]>([
  ['that stay', ['10.1.0.0/24'], ['10.1.0.0/24'], 0],
  ['that are given', [], ['10.1.0.0/24'], 0],
  ['that are taken', ['10.1.0.0/24'], [], 1],
  ['that are both others', ['10.1.0.0/24', 'fd00::/64'], ['10.2.0.0/24', 'fd01::/64'], 2],
  ['of which one is another', ['10.1.0.0/24', 'fd00::/64'], ['10.1.0.0/24', 'fd01::/64'], 1],
])('ranges of a node %s', (_, before, podCIDRs, count) => {
  const errors = node.validateUpdate?.(made({ podCIDRs }), made({ podCIDRs: before }), context) ?? [];
  expect(errors.map(e => e.body)).toEqual(
    Array(count).fill('Forbidden: node updates may not change podCIDR except from "" to valid'),
  );
});

test('configuration of the kubelet through the API is dropped wherever it is asked for', () => {
  const configSource = { configMap: { name: 'a', namespace: 'b', kubeletConfigKey: 'c' } };
  const asking = (): Node => ({ ...made({ configSource }), status: { config: { error: 'e' } } });
  const created = asking();
  node.prepareForCreate?.(created, context);
  expect([created.spec, created.status]).toEqual([{}, {}]);
  const updated = asking();
  node.prepareForUpdate?.(updated, made({}), context);
  expect(updated.spec).toEqual({});
  const reported = asking();
  node.subresources?.status?.prepareForUpdate?.(reported, made({ unschedulable: true }), context);
  expect([reported.spec, reported.status]).toEqual([{ unschedulable: true }, {}]);
});
