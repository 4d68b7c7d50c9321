/** TokenRequest: what it refuses, and to what tokens are bound. The texts are upstream's. */
import { expect, test } from 'vitest';
import { type Answer, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const core = '/api/v1/namespaces/default';

test('a request for a token is refused as upstream refuses it', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  for (const name of ['robot', 'default'])
    await call(server, 'POST', `${core}/serviceaccounts`, { body: { metadata: { name } } });
  const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await call(server, 'POST', `${core}/pods`, { body: pod });
  const ask = async (body: object): Promise<string> => {
    const { status, json } = await call(server, 'POST', `${core}/serviceaccounts/robot/token`, { body });
    return `${status} ${json.message}`;
  };
  const bind = (boundObjectRef: object) => ask({ spec: { boundObjectRef } });

  expect(await ask({ metadata: { name: 'other' }, spec: {} })).toBe(
    '422 TokenRequest.authentication.k8s.io "robot" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
  );
  expect(await ask({ metadata: { uid: 'x' }, spec: {} })).toMatch(
    /^409 Operation cannot be fulfilled on TokenRequest.authentication.k8s.io "robot": the UID in the token request \(x\) does not match the UID of the service account /,
  );
  expect(await ask({ spec: { expirationSeconds: 5 } })).toContain(
    'may not specify a duration less than 10 minutes',
  );
  expect(await bind({})).toBe('400 cannot bind token to object of type /, Kind=');
  expect(await bind({ kind: 'Pod' })).toBe('400 Name parameter required.');
  expect(await bind({ kind: 'Pod', apiVersion: 'apps/v1', name: 'p' })).toBe(
    '400 cannot bind token to object of type apps/v1, Kind=Pod',
  );
  expect(await bind({ kind: 'ConfigMap', apiVersion: 'v1', name: 'p' })).toBe(
    '400 cannot bind token to object of type /v1, Kind=ConfigMap',
  );
  expect(await bind({ kind: 'Node', apiVersion: 'v1', name: 'none' })).toBe('404 nodes "none" not found');
  expect(await bind({ kind: 'Pod', apiVersion: 'v1', name: 'p' })).toBe(
    '400 cannot bind token for serviceaccount "robot" to pod running with different serviceaccount name.',
  );
  await call(server, 'POST', `${core}/secrets`, { body: { metadata: { name: 's' } } });
  expect(await bind({ kind: 'Secret', apiVersion: 'v1', name: 's', uid: 'bad' })).toBe(
    '409 Operation cannot be fulfilled on Secret "s": the UID in the bound object reference (bad) does not match the UID in record. The object might have been deleted and then recreated',
  );
});

test('a token ends with what it is bound to, and says where its bearer runs', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', `${core}/serviceaccounts`, { body: { metadata: { name: 'default' } } });
  const node = await call(server, 'POST', '/api/v1/nodes', { body: { metadata: { name: 'n' } } });
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] };
  const pod = await call(server, 'POST', `${core}/pods`, { body: { metadata: { name: 'p' }, spec } });
  await call(server, 'POST', `${core}/secrets`, { body: { metadata: { name: 's' } } });
  const tokenFor = async (kind: string, name: string): Promise<string> => {
    const body = { spec: { boundObjectRef: { apiVersion: 'v1', kind, name } } };
    const issued = await call(server, 'POST', `${core}/serviceaccounts/default/token`, { body });
    return (issued.json.status as { token: string }).token;
  };
  const review = (token: string): Promise<Answer> =>
    call(server, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      user: null,
      headers: { authorization: `Bearer ${token}` },
      body: {},
    });
  const extraOf = async (token: string) => {
    const { userInfo } = (await review(token)).json.status as { userInfo: { extra: object } };
    return userInfo.extra;
  };
  const [ofPod, ofNode, ofSecret] = await Promise.all([
    tokenFor('Pod', 'p'),
    tokenFor('Node', 'n'),
    tokenFor('Secret', 's'),
  ]);
  const prefix = 'authentication.kubernetes.io';
  const onNode = {
    [`${prefix}/node-name`]: ['n'],
    [`${prefix}/node-uid`]: [node.json.metadata.uid],
  };
  expect(await extraOf(ofNode)).toMatchObject(onNode);
  expect(await extraOf(ofNode)).not.toHaveProperty([`${prefix}/pod-name`]);
  expect(await extraOf(ofPod)).toMatchObject({
    ...onNode,
    [`${prefix}/pod-name`]: ['p'],
    [`${prefix}/pod-uid`]: [pod.json.metadata.uid],
  });
  await call(server, 'DELETE', '/api/v1/nodes/n');
  expect((await review(ofNode)).status).toBe(401);
  expect((await review(ofPod)).status).toBe(201);
  await call(server, 'DELETE', `${core}/secrets/s`);
  expect((await review(ofSecret)).status).toBe(401);
});
