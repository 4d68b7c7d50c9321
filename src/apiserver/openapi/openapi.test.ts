import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { apiVersionOf } from '../../api/object.ts';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly parameters?: readonly { readonly name: string }[] }>>>
  >;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: object }>> };
  readonly definitions: Readonly<Record<string, { readonly properties?: object }>>;
}

test('the index leads to a document for every group version, which knows the kinds’ types', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'GET', '/openapi/v3');
  for (const kind of builtinKinds) {
    const root = kind.group === '' ? `api/${kind.version}` : `apis/${apiVersionOf(kind)}`;
    const entry = json.paths?.[root] as { serverRelativeURL: string } | undefined;
    expect(entry, root).toBeDefined();
    const document = (await call(cluster.server, 'GET', entry?.serverRelativeURL ?? ''))
      .json as unknown as Document;
    expect(Object.keys(document.components.schemas), root).toContain(kind.schema);
  }
});

test('a document is told from another by its hash, and not sent again', async () => {
  await using cluster = await startInProcessCluster();
  const first = await call(cluster.server, 'GET', '/openapi/v3/apis/apps/v1');
  const headers = { 'if-none-match': first.headers['etag'] ?? '' };
  expect(await call(cluster.server, 'GET', '/openapi/v3/apis/apps/v1', { headers })).toMatchObject({
    status: 304,
    text: '',
  });
});

test('kubectl finds out that fields are validated by the server', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'GET', '/openapi/v3/apis/apps/v1');
  const patch = (json as unknown as Document).paths[
    '/apis/apps/v1/namespaces/{namespace}/deployments/{name}'
  ]?.['patch'];
  expect(patch?.parameters?.map(p => p.name)).toContain('fieldValidation');
});

test('the v2 document refers to its own definitions only', async () => {
  await using cluster = await startInProcessCluster();
  const { status, text, json } = await call(cluster.server, 'GET', '/openapi/v2');
  expect(status).toBe(200);
  const { definitions } = json as unknown as Document;
  const missing = [...text.matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].filter(
    ([, id]) => !((id as string) in definitions),
  );
  expect(missing).toEqual([]);
  expect(text).not.toContain('#/components/');
  const props = definitions['io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps'];
  expect(Object.keys(props?.properties ?? {})).toEqual(expect.arrayContaining(['$ref', 'allOf', 'default']));
});
