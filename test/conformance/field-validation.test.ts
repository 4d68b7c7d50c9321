/** [sig-api-machinery] FieldValidation, of built-in types */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(async () => await cluster.close());

/** As text: an object cannot say a field twice. */
const deployment = (metadata: string, spec: string) => `{
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "my-dep", ${metadata} "labels": {"app": "nginx"}},
  "spec": {${spec}
    "selector": {"matchLabels": {"app": "nginx"}},
    "template": {
      "metadata": {"labels": {"app": "nginx"}},
      "spec": {"containers": [{"name": "nginx", "image": "nginx:latest"}]}}}}`;

async function create(body: string, validation: string) {
  const path = `/apis/apps/v1/namespaces/default/deployments?fieldManager=mgr&fieldValidation=${validation}`;
  const { status, json, warnings } = await call(cluster.server, 'POST', path, { body });
  return { status, message: json.message, reason: json.reason, warnings };
}

test('Server side field validation, typed object: unknown and duplicate fields are refused when asked strictly', async () => {
  const body = deployment('', '"unknownField": "foo", "replicas": 2, "replicas": 3,');
  const strict = await create(body, 'Strict');
  expect(strict).toMatchObject({ status: 400, reason: 'BadRequest' });
  expect(strict.message).toContain(
    'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"',
  );
  expect(await create(body, 'Warn')).toMatchObject({
    status: 201,
    warnings: ['unknown field "spec.unknownField"', 'duplicate field "spec.replicas"'],
  });
});

test('Server side field validation, typed unknown metadata: unknown fields of metadata are refused when asked strictly', async () => {
  const { message, status } = await create(deployment('"unknownMeta": "foo",', ''), 'Strict');
  expect(status).toBe(400);
  expect(message).toContain('strict decoding error: unknown field "metadata.unknownMeta"');
});
