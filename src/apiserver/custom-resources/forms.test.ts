import { expect, test } from 'vitest';
import { type Answer, call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

test('objects of custom kinds have no protobuf form: a client that takes JSON too gets JSON', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const names = { plural: 'foos', kind: 'Foo' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const spec = { group: 'example.com', scope: 'Cluster', names, versions };
  await call(server, 'POST', path, { body: { metadata: { name: 'foos.example.com' }, spec } });
  const ask = (accept: string): Promise<Answer> =>
    call(server, 'GET', '/apis/example.com/v1/foos', { headers: { accept } });
  const protobuf = 'application/vnd.kubernetes.protobuf';
  // Served a moment after the definition is written.
  while ((await ask('application/json')).status === 404) await new Promise(setImmediate);
  expect((await ask(`${protobuf},application/json`)).json.kind).toBe('FooList');
  expect((await ask(protobuf)).status).toBe(406);
  const metadata = await ask(`${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`);
  expect(metadata).toMatchObject({ status: 200, contentType: protobuf });
});
