import { expect, test } from 'vitest';
import { call, type Json } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A thing of parts.',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', nullable: true, description: 'How large.' },
                  port: { 'x-kubernetes-int-or-string': true },
                  template: {
                    type: 'object',
                    'x-kubernetes-embedded-resource': true,
                    'x-kubernetes-preserve-unknown-fields': true,
                  },
                },
              },
            },
          },
        },
        subresources: { status: {} },
      },
    ],
  },
};

const ID = 'com.example.v1.Widget';
const ITEM = '/apis/example.com/v1/namespaces/{namespace}/widgets/{name}';

const PROTOBUF: Readonly<Record<string, string>> = {
  v2: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  v3: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf',
};
/** After this, what belongs to a deleted definition is looked for. */
const CLEANUP_MS = 6_000;

test('a custom kind is published in all forms of the document, and is gone with its definition', async () => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock });
  const { server } = cluster;
  const at = async (path: string, accept?: string): Promise<{ status: number; text: string; json: Json }> =>
    await call(server, 'GET', path, accept ? { headers: { accept } } : {});
  expect((await at('/openapi/v3/apis/example.com/v1')).status).toBe(404);
  const made = await call(server, 'POST', CRDS, { body: crd });
  expect(made.status).toBe(201);
  for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setImmediate(resolve));

  expect((await at('/openapi/v3')).text).toContain('"apis/example.com/v1":');
  const { json: v3, text } = await at('/openapi/v3/apis/example.com/v1');
  const paths = v3['paths'] as Record<string, Record<string, unknown>>;
  expect(Object.keys(paths)).toContain(`${ITEM}/status`);
  expect(Object.keys(paths)).not.toContain(`${ITEM}/scale`);
  expect(paths[ITEM]?.['patch']).toMatchObject({
    operationId: 'patchComExampleV1NamespacedWidget',
    'x-kubernetes-group-version-kind': { group: 'example.com', version: 'v1', kind: 'Widget' },
  });
  expect(text).not.toContain('strategic-merge-patch');
  expect(text).not.toContain('protobuf');
  const schemas = (v3 as unknown as { components: { schemas: Record<string, unknown> } }).components.schemas;
  expect(schemas[ID]).toMatchObject({
    description: 'A thing of parts.',
    'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
    properties: {
      metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
      spec: {
        required: ['size'],
        properties: {
          size: { type: 'integer', nullable: true, description: 'How large.' },
          port: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
          template: { properties: { apiVersion: { type: 'string' } } },
        },
      },
    },
  });

  const { json: v2 } = await at('/openapi/v2');
  const { definitions } = v2 as unknown as { definitions: Record<string, { properties: Json['spec'] }> };
  expect(definitions[ID]?.properties?.['spec']).toEqual({
    type: 'object',
    properties: {
      size: { description: 'How large.' },
      port: { 'x-kubernetes-int-or-string': true },
      template: { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    },
  });
  for (const path of ['/openapi/v3/apis/example.com/v1', '/openapi/v2'])
    expect((await at(path, PROTOBUF[path.slice(9, 11)])).text).toContain(ID);

  await call(server, 'DELETE', `${CRDS}/widgets.example.com`);
  await clock.advance(CLEANUP_MS);
  expect((await at('/openapi/v3/apis/example.com/v1')).status).toBe(404);
  expect((await at('/openapi/v3')).text).not.toContain('example.com');
});
