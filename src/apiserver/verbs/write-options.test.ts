import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
const MERGE = { 'content-type': 'application/merge-patch+json' };

test.each([
  ['POST', MAPS, 'CreateOptions', {}],
  ['PUT', `${MAPS}/a`, 'UpdateOptions', {}],
  ['PATCH', `${MAPS}/a`, 'PatchOptions', MERGE],
])('all options of %s that are wrong are told at once', async (method, path, kind, headers) => {
  await using cluster = await startInProcessCluster();
  const query = 'fieldManager=%0A&dryRun=x&fieldValidation=y';
  const { status, json } = await call(cluster.server, method, `${path}?${query}`, { body, headers });
  expect(status).toBe(422);
  expect(json.message).toBe(
    `${kind}.meta.k8s.io "" is invalid: [fieldManager: Invalid value: "\\n": invalid character U+000A (at position 0), dryRun: Unsupported value: ["x"]: supported values: "All", fieldValidation: Unsupported value: "y": supported values: "", "Ignore", "Strict", "Warn"]`,
  );
});

test("what is wrong first is told, in upstream's order of looking", async () => {
  await using cluster = await startInProcessCluster();
  const status = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    sent: unknown = body,
  ) => (await call(cluster.server, method, path, { body: sent, headers })).status;
  const xml = { 'content-type': 'text/xml' };
  expect(await status('POST', `${MAPS}?dryRun=x`, xml)).toBe(415);
  expect(await status('PUT', `${MAPS}/a?dryRun=x`, xml)).toBe(422);
  expect(await status('PATCH', `${MAPS}/a?dryRun=x`, { ...xml, accept: 'text/html' })).toBe(415);
  // What is not there is not there, whatever the patch says.
  expect(await status('PATCH', `${MAPS}/a`, MERGE, '{')).toBe(404);
  // Upstream knows types of patches in lower case only.
  expect(await status('PATCH', `${MAPS}/a`, { 'content-type': 'application/Merge-Patch+json' })).toBe(404);
  expect(await status('POST', MAPS, {})).toBe(201);
  expect(await status('PATCH', `${MAPS}/a`, MERGE, '{')).toBe(400);
});
