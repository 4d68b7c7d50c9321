import { expect, test } from 'vitest';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

const state = (json: object) =>
  (json as CustomResourceDefinition).status?.conditions?.map(c => `${c.type} ${c.status} ${c.reason}`);

test('the server establishes definitions, and lets deleted ones go after a while', async () => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock });
  const { server } = cluster;
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await call(server, 'POST', path, { body: definition });
  const read = async () => (await call(server, 'GET', `${path}/widgets.example.com`)).json;
  await expect.poll(async () => state(await read())).toContain('Established True InitialNamesAccepted');
  const renamed = await call(server, 'PATCH', `${path}/widgets.example.com`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { scope: 'Cluster' } },
  });
  expect(renamed.json.message).toContain('spec.scope: Invalid value: "Cluster": field is immutable');
  const deleted = await call(server, 'DELETE', `${path}/widgets.example.com`);
  expect(state(deleted.json)).toContain('Terminating True InstanceDeletionPending');
  expect(deleted.json.metadata).toMatchObject({
    finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
  });
  await clock.advance(6_000);
  await expect.poll(async () => (await call(server, 'GET', `${path}/widgets.example.com`)).status).toBe(404);
});
