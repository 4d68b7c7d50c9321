import { expect, test } from 'vitest';
import { apiRequest, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import type { Authorizer } from '../authz/authorizer.ts';
import type { HeaderPair } from '../request.ts';
import { requestInfo } from '../request-info.ts';
import { impersonate } from './impersonate.ts';
import type { User } from './user.ts';

const BOB: User = { name: 'bob', groups: [] };
const PATH = '/api/v1/namespaces/default/configmaps';

/** Allows what `granted` matches: `impersonate users/eve`. */
const policy = (granted: RegExp): Authorizer => ({
  authorize: (_, { verb, group, resource, subresource, namespace, name }) => {
    const about = [group, resource, subresource, namespace, name].filter(Boolean).join('/');
    return { allowed: granted.test(`${verb} ${about}`), reason: '' };
  },
});

function act(headers: readonly HeaderPair[], granted: RegExp, user = BOB): User {
  const request = { ...apiRequest('GET', PATH), headersLike: () => headers };
  return impersonate(request, requestInfo('GET', PATH, new URLSearchParams()), user, policy(granted));
}

const as = (name: string): HeaderPair => ['impersonate-user', name];

test.each<[string, readonly HeaderPair[], Partial<User>]>([
  ['a user', [as('eve')], { name: 'eve', groups: ['system:authenticated'] }],
  ['a user whose other header comes later', [as('eve'), as('ann')], { name: 'eve' }],
  ['anonymous', [as('system:anonymous')], { groups: ['system:unauthenticated'] }],
  ['a node', [as('system:node:n')], { groups: ['system:nodes', 'system:authenticated'] }],
  [
    'a node with groups',
    [as('system:node:n'), ['impersonate-group', 'a, b'], ['impersonate-group', 'c']],
    { groups: ['a, b', 'c', 'system:authenticated'] },
  ],
  [
    'a service account',
    [as('system:serviceaccount:ns:sa')],
    { groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'] },
  ],
  ['no service account', [as('system:serviceaccount:ns')], { groups: ['system:authenticated'] }],
  [
    'a user of masters',
    [as('eve'), ['impersonate-group', 'system:masters']],
    { groups: ['system:masters', 'system:authenticated'] },
  ],
  [
    'nobody known',
    [as('eve'), ['impersonate-group', 'system:unauthenticated']],
    { groups: ['system:unauthenticated'] },
  ],
  [
    'a user with all there is',
    [
      as('eve'),
      ['impersonate-uid', 'u'],
      ['impersonate-extra-a.io%2fb', 'x'],
      ['impersonate-extra-a.io%2fb', 'y'],
    ],
    { uid: 'u', extra: { 'a.io/b': ['x', 'y'] } },
  ],
])('who may do everything acts as %s', (_, headers, user) => {
  expect(act(headers, /./)).toMatchObject(user);
});

test.each<[string, RegExp, readonly HeaderPair[]]>([
  ['old', /^impersonate users\/eve$/, [as('eve')]],
  ['old', /^impersonate serviceaccounts\/ns\/sa$/, [as('system:serviceaccount:ns:sa')]],
  [
    'old',
    /^impersonate (users\/eve|groups\/g|authentication.k8s.io\/(uids\/u|userextras\/k\/v))$/,
    [as('eve'), ['impersonate-group', 'g'], ['impersonate-uid', 'u'], ['impersonate-extra-k', 'v']],
  ],
  [
    'constrained',
    /^impersonate-on:user-info:list configmaps\/default$|^impersonate:user-info authentication.k8s.io\/users\/eve$/,
    [as('eve')],
  ],
  [
    'constrained',
    /^impersonate-on:user-info:list|^impersonate:user-info authentication.k8s.io\/(users\/eve|groups\/\*)$/,
    [as('eve'), ...['a', 'b', 'c', 'd'].map((g): HeaderPair => ['impersonate-group', g])],
  ],
  [
    'constrained',
    /^impersonate-on:arbitrary-node:list|^impersonate:arbitrary-node authentication.k8s.io\/nodes\/n$/,
    [as('system:node:n')],
  ],
])('these %s grants are enough: %s', (_, granted, headers) => {
  expect(act(headers, granted).name).toBe(headers[0]?.[1]);
});

test('a service account acts as the node of its pod', () => {
  const user = {
    name: 'system:serviceaccount:ns:sa',
    groups: [],
    extra: { 'authentication.kubernetes.io/node-name': ['n'] },
  };
  const granted =
    /^impersonate-on:associated-node:list|^impersonate:associated-node authentication.k8s.io\/nodes\/\*$/;
  expect(act([as('system:node:n')], granted, user).groups).toContain('system:nodes');
  expect(() => act([as('system:node:m')], granted, user)).toThrow('impersonate-on:arbitrary-node:list');
});

test.each<[RegExp, readonly HeaderPair[], string]>([
  [
    /^$/,
    [as('eve')],
    'configmaps is forbidden: User "bob" cannot impersonate-on:user-info:list resource "configmaps" in API group "" in the namespace "default"',
  ],
  [
    /^impersonate-on:/,
    [as('eve')],
    'users.authentication.k8s.io "eve" is forbidden: User "bob" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  ],
  [
    /^impersonate(-on)?:/,
    [as('eve'), ['impersonate-group', 'system:masters']],
    'groups.authentication.k8s.io "system:masters" is forbidden: User "bob" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed',
  ],
])('with %s and %j it is refused', (granted, headers, message) => {
  expect(() => act(headers, granted)).toThrow(message);
});

test('groups, UIDs and extra values need a user', async () => {
  await using cluster = await startInProcessCluster();
  const refused = async (headers: Record<string, string>) =>
    (await call(cluster.server, 'GET', PATH, { headers })).json;
  expect(await refused({ 'impersonate-group': 'g' })).toMatchObject({
    code: 400,
    message:
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"g"}, Extra:map[string][]string(nil)} without impersonating a user name',
  });
  expect(await refused({ 'impersonate-extra-b': 'x', 'impersonate-extra-a': 'y' })).toMatchObject({
    message: expect.stringContaining('Extra:map[string][]string{"a":[]string{"y"}, "b":[]string{"x"}}}'),
  });
  expect((await call(cluster.server, 'GET', PATH, { headers: { 'impersonate-user': '' } })).status).toBe(200);
});
