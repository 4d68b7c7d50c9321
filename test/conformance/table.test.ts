/** [sig-api-machinery] Servers with support for Table transformation */
import { expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { startInProcessCluster } from '../../src/testing/in-process-cluster.ts';

test('API metadata HTTP return: what has no rows to show is 406 as a table', async () => {
  await using cluster = await startInProcessCluster();
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const answer = await call(cluster.server, 'POST', path, {
    body: review,
    headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
  });
  expect([answer.status, answer.json.reason]).toEqual([406, 'NotAcceptable']);
  expect((await call(cluster.server, 'POST', path, { body: review })).status).toBe(201);
});
