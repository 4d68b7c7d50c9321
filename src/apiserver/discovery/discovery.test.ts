// What is served is compared with upstream's in test/facts/discovery.test.ts.
import { expect, test } from 'vitest';
import { compareVersions } from '../../api/version-order.ts';

test('versions are ordered as clients expect them', () => {
  const versions = ['v1alpha1', 'v2', 'foo', 'v1', 'v1beta2', 'v10', 'v1beta1'];
  expect(versions.sort((a, b) => compareVersions(b, a))).toEqual([
    'v10',
    'v2',
    'v1',
    'v1beta2',
    'v1beta1',
    'v1alpha1',
    'foo',
  ]);
});
