import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const NAMESPACE = '/api/v1/namespaces/default';

test.each([
  ['pods/a/eviction', { apiVersion: 'policy/v1', kind: 'Eviction' }],
  ['pods/a/binding', { apiVersion: 'v1', kind: 'Binding', target: { name: 'n' } }],
  ['serviceaccounts/a/token', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' }],
])('what is sent to %s is of the namespace of the path', async (path, body) => {
  await using cluster = await startInProcessCluster();
  const ask = async (namespace: string) =>
    (
      await call(cluster.server, 'POST', `${NAMESPACE}/${path}`, {
        body: { ...body, metadata: { name: 'a', namespace } },
      })
    ).json;
  expect(await ask('other')).toMatchObject({
    reason: 'BadRequest',
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  });
  expect((await ask('default')).reason).toBe('NotFound');
});
