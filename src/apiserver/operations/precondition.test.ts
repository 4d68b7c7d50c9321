import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { ResourceRegistry } from '../registry/registry.ts';
import { preconditionFailed } from './precondition.ts';

const registry = new ResourceRegistry(builtinKinds);

test.each([
  ['', 'services', '/registry/services/specs/ns/a'],
  ['', 'endpoints', '/registry/services/endpoints/ns/a'],
  ['', 'replicationcontrollers', '/registry/controllers/ns/a'],
  ['', 'nodes', '/registry/minions/a'],
  ['', 'pods', '/registry/pods/ns/a'],
  ['events.k8s.io', 'events', '/registry/events/ns/a'],
  ['networking.k8s.io', 'ingresses', '/registry/ingress/ns/a'],
  ['apps', 'deployments', '/registry/deployments/ns/a'],
  ['apiregistration.k8s.io', 'apiservices', '/registry/apiregistration.k8s.io/apiservices/a'],
])('a wrong UID of %s %s is told with the key that upstream has', (group, plural, key) => {
  const resource = registry.lookup(group, 'v1', plural);
  if (!resource) throw new Error(`no ${plural}`);
  const error = preconditionFailed({ resource, namespace: 'ns', name: 'a' }, 'UID', 'x', 'y');
  expect(error.code).toBe(409);
  expect(error.message).toContain(`Key: ${key}, ResourceVersion: 0,`);
});
