import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (metadata: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });

test('preconditions stand in the query too, where there is no body', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const { json } = await call(server, 'POST', MAPS, { body: configMap({ name: 'a' }) });
  const { uid, resourceVersion } = json.metadata;
  const remove = (query: string, body?: object) => call(server, 'DELETE', `${MAPS}/a?${query}`, { body });
  expect((await remove('uid=x')).json).toMatchObject({
    reason: 'Conflict',
    message: expect.stringContaining(`the UID in the precondition (x) does not match`),
  });
  expect((await remove('resourceVersion=1')).json).toMatchObject({
    reason: 'Conflict',
    message: expect.stringContaining('the ResourceVersion in the precondition (1) does not match'),
  });
  // Of a request with a body the query says nothing.
  expect((await remove('uid=x', { dryRun: ['All'] })).status).toBe(200);
  expect((await remove(`uid=${uid}&resourceVersion=${resourceVersion}`)).status).toBe(200);
});

test('what lives on is answered 202 where the client let the children go, 200 otherwise', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', MAPS, { body: configMap({ name: 'a', finalizers: ['example.com/x'] }) });
  expect((await call(server, 'DELETE', `${MAPS}/a`)).status).toBe(200);
  expect((await call(server, 'DELETE', `${MAPS}/a?orphanDependents=false`)).status).toBe(202);
  expect((await call(server, 'DELETE', `${MAPS}/a`, { body: { orphanDependents: false } })).status).toBe(202);
  await call(server, 'POST', MAPS, { body: configMap({ name: 'b' }) });
  expect((await call(server, 'DELETE', `${MAPS}/b?orphanDependents=false`)).status).toBe(200);
});

test.each([
  ['{"kind":true}', /cannot unmarshal bool into Go struct field .kind of type string/],
  ['{"apiVersion":1}', /cannot unmarshal number into Go struct field .apiVersion of type string/],
  ['{"apiVersion":"a/b/c"}', /^unexpected GroupVersion string: a\/b\/c$/],
  ['{"kind":"Pod"}', /^no kind "Pod" is registered for version "v1"/],
])('a body that is no DeleteOptions is refused: %s', async (body, message) => {
  await using cluster = await startInProcessCluster();
  const { status, json } = await call(cluster.server, 'DELETE', `${MAPS}/a`, { body });
  expect(status).toBe(400);
  expect(json.message).toMatch(message);
});

test('an empty dryRun is a value, and none of those allowed', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'DELETE', `${MAPS}/a?dryRun=`);
  expect(json).toMatchObject({
    reason: 'Invalid',
    message: expect.stringContaining('dryRun: Unsupported value: [""]'),
  });
});

test('of a collection the selection is checked before the options', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'DELETE', `${MAPS}?propagationPolicy=No&limit=x`);
  expect(json.message).toBe('strconv.ParseInt: parsing "x": invalid syntax');
});

test('a PUT that names the UID of an object that is not there is a conflict', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const body = configMap({ name: 'a', uid: 'x' });
  expect((await call(server, 'PUT', `${MAPS}/a`, { body })).json).toMatchObject({
    reason: 'Conflict',
    message: expect.stringMatching(/Precondition failed: UID in precondition: x, UID in object meta: $/),
  });
  const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a', uid: 'x' } };
  expect((await call(server, 'PUT', `${leases}/a`, { body: lease })).status).toBe(409);
});
