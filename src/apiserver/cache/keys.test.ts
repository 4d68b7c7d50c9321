import { expect, test } from 'vitest';
import { directoryOf, keyFor, prefixFor, resourcePrefixOf } from './keys.ts';

test('keys name group, resource, namespace and name', () => {
  expect(keyFor({ group: '', resource: 'pods' }, 'default', 'web')).toBe('/registry/core/pods/default/web');
  expect(keyFor({ group: '', resource: 'nodes' }, undefined, 'n1')).toBe('/registry/core/nodes/n1');
  expect(keyFor({ group: 'apps', resource: 'deployments' }, 'a', 'b')).toBe('/registry/apps/deployments/a/b');
});

test('a prefix is a resource or one namespace of it', () => {
  expect(prefixFor({ group: '', resource: 'pods' })).toBe('/registry/core/pods/');
  expect(prefixFor({ group: 'apps', resource: 'deployments' }, 'a')).toBe('/registry/apps/deployments/a/');
});

test('a key tells its directory and its resource', () => {
  expect(directoryOf('/registry/core/pods/default/web')).toBe('/registry/core/pods/default/');
  expect(resourcePrefixOf('/registry/core/pods/default/web')).toBe('/registry/core/pods/');
  expect(resourcePrefixOf('/registry/core/pods/')).toBe('/registry/core/pods/');
  expect(resourcePrefixOf('/registry/core/pods')).toBeUndefined();
});
