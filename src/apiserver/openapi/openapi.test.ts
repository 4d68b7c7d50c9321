// The documents are compared with upstream's in test/facts/openapi.test.ts.
import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { ResourceRegistry } from '../registry/registry.ts';
import { documentV3, pathsOf } from './document-v3.ts';
import { parametersOf } from './parameters.ts';
import { sources } from './sources.ts';

const operation = (key: string) => {
  const facts = sources().operations[key];
  if (!facts) throw new Error(`No such operation: ${key}`);
  return facts;
};

test('a group version has a document as long as it has kinds', () => {
  const apps = builtinKinds.filter(kind => kind.group === 'apps');
  const registry = new ResourceRegistry(apps);
  const paths = pathsOf('apis/apps/v1', registry, sources());
  const document = documentV3(paths ?? {}, sources(), 'v1') as {
    readonly components: { readonly schemas: object };
  };
  expect(Object.keys(document.components.schemas)).toContain('io.k8s.api.apps.v1.Deployment');
  expect(pathsOf('apis/batch/v1', registry, sources())).toBeUndefined();
});

test('what all operations of a path have stands beside them', () => {
  const paths = pathsOf('api/v1', new ResourceRegistry(builtinKinds), sources());
  const item = paths?.['/api/v1/namespaces/{namespace}/configmaps/{name}'];
  expect(item?.common.map(p => p.name)).toEqual(['name', 'namespace', 'pretty']);
  expect(item?.operations['get']?.parameters).toEqual([]);
});

test('a path in the path and a path in the query are two parameters', () => {
  const key = '/api/v1/nodes/{name}/proxy/{path}';
  const parameters = parametersOf(key, operation(`GET ${key}`), sources());
  expect(parameters.map(p => [p.in, p.description])).toEqual([
    ['path', 'name of the NodeProxyOptions'],
    ['path', 'path to the resource'],
    ['query', 'Path is the URL path to use for the current proxy request to node.'],
  ]);
});

test('a parameter means what it means for its operation: the same name says more of a patch, less of a log', () => {
  const text = (key: string, name: string) =>
    parametersOf(key.split(' ')[1] ?? '', operation(key), sources()).find(p => p.name === name)?.description;
  const map = '/api/v1/namespaces/{namespace}/configmaps/{name}';
  expect(text(`PATCH ${map}`, 'fieldManager')).toContain('required for apply requests');
  expect(text(`PUT ${map}`, 'fieldManager')).not.toContain('required for apply requests');
  const pod = '/api/v1/namespaces/{namespace}/pods/{name}';
  expect(text(`GET ${pod}/log`, 'container')).toContain('for which to stream logs');
  expect(text(`POST ${pod}/exec`, 'container')).toContain('in which to execute');
});
