import { expect, test } from 'vitest';
import type { FlowSchema, PolicyRulesWithSubjects } from '../../generated/flowcontrol-v1.ts';
import { authenticated, serviceAccountUser, type User } from '../authn/user.ts';
import { requestInfo } from '../request-info.ts';
import { bootstrapFlowObjects } from './bootstrap-objects.ts';
import { Classifier } from './classifier.ts';
import { configurationOf } from './configuration.ts';
import { FlowMatcher } from './flow-schema.ts';

const { levels, schemas } = bootstrapFlowObjects();
const flows = configurationOf(levels, schemas).schemas.map(schema => ({
  name: schema.metadata.name,
  matcher: new FlowMatcher(schema),
}));
const classifier = new Classifier(flows, flows.at(-1) as (typeof flows)[number]);

const info = (method: string, path: string) => requestInfo(method, path, new URLSearchParams());
const user = (name: string, ...groups: string[]) => authenticated({ name, groups });

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';

test.each([
  ['exempt', user('admin', 'system:masters'), 'GET', '/api/v1/pods'],
  ['exempt', user('admin', 'system:masters'), 'GET', '/healthz'],
  ['probes', user('jane'), 'GET', '/readyz'],
  ['probes', user('jane'), 'GET', '/readyz/ping'],
  ['global-default', user('jane'), 'GET', '/version'],
  ['system-leader-election', user('system:kube-scheduler'), 'PUT', LEASE],
  ['kube-scheduler', user('system:kube-scheduler'), 'DELETE', LEASE],
  ['kube-scheduler', user('system:kube-scheduler'), 'GET', '/api/v1/pods'],
  ['system-node-high', user('system:node:n', 'system:nodes'), 'PATCH', '/api/v1/nodes/n/status'],
  ['system-node-high', user('system:node:n', 'system:nodes'), 'GET', LEASE],
  ['system-nodes', user('system:node:n', 'system:nodes'), 'GET', '/api/v1/pods'],
  ['kube-controller-manager', user('system:kube-controller-manager'), 'GET', '/api/v1/pods'],
  ['kube-system-service-accounts', serviceAccountUser('kube-system', 'job'), 'GET', '/api/v1/pods'],
  ['service-accounts', serviceAccountUser('kube-system-2', 'job'), 'GET', '/api/v1/pods'],
  ['global-default', user('jane'), 'GET', '/api/v1/namespaces/a/pods'],
  // Nobody is without a group, but if it were so:
  ['catch-all', { name: 'nobody', groups: [] }, 'GET', '/api/v1/pods'],
] as [string, User, string, string][])('%s: %o %s %s', (expected, who, method, path) => {
  expect(classifier.classify(who, info(method, path)).name).toBe(expected);
});

test('a user who changes groups is classified anew', () => {
  const pods = info('GET', '/api/v1/pods');
  expect(classifier.classify(user('joe'), pods).name).toBe('global-default');
  expect(classifier.classify(user('joe', 'system:masters'), pods).name).toBe('exempt');
  expect(classifier.classify(user('joe'), pods).name).toBe('global-default');
});

function matches(rule: Partial<PolicyRulesWithSubjects>, method: string, path: string): boolean {
  const subjects = [{ kind: 'User', user: { name: '*' } }];
  const schema = {
    metadata: {},
    spec: { priorityLevelConfiguration: { name: 'x' }, rules: [{ subjects, ...rule }] },
  };
  return new FlowMatcher(schema as FlowSchema).testFor(user('jane'))?.(info(method, path)) ?? false;
}

test.each([
  [{ namespaces: ['a'] }, 'GET', '/api/v1/namespaces/a/pods', true],
  [{ namespaces: ['a'] }, 'GET', '/api/v1/namespaces/b/pods', false],
  [{ namespaces: ['*'] }, 'GET', '/api/v1/pods', false],
  [{ namespaces: ['*'], clusterScope: true }, 'GET', '/api/v1/pods', true],
  [{ clusterScope: true }, 'GET', '/api/v1/namespaces/a/pods', false],
  [{ namespaces: ['a'], resources: ['pods/status'] }, 'GET', '/api/v1/namespaces/a/pods/x/status', true],
  [{ namespaces: ['a'], resources: ['pods'] }, 'GET', '/api/v1/namespaces/a/pods/x/status', false],
  [{ namespaces: ['a'], apiGroups: ['apps'] }, 'GET', '/api/v1/namespaces/a/pods', false],
  [{ namespaces: ['a'], verbs: ['list'] }, 'GET', '/api/v1/namespaces/a/pods', true],
  [{ namespaces: ['a'], verbs: ['list'] }, 'GET', '/api/v1/namespaces/a/pods/x', false],
])('resource rule %o of %s %s: %s', (rule, method, path, expected) => {
  const whole = { verbs: ['*'], apiGroups: [''], resources: ['*'], ...rule };
  expect(matches({ resourceRules: [whole] }, method, path)).toBe(expected);
});

test.each([
  ['/a/*', '/a/b', true],
  ['/a/*', '/a', false],
  ['/a', '/a', true],
  ['/a', '/ab', false],
  ['*', '/anything', true],
])('path rule %s of %s: %s', (url, path, expected) => {
  expect(matches({ nonResourceRules: [{ verbs: ['get'], nonResourceURLs: [url] }] }, 'GET', path)).toBe(
    expected,
  );
});
