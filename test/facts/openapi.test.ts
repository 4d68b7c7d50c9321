/**
 * The OpenAPI documents against what upstream says of its types and operations (facts/schemas.json,
 * facts/operations.json), and against what a code generator made of them (the typed client).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { differences, facts, knownDifferences, sorted } from './differences.ts';

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly description?: string;
}
interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: object };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: { $ref?: string } }>> }>
  >;
  readonly 'x-kubernetes-action'?: string;
  readonly 'x-kubernetes-group-version-kind'?: object;
}
/** By method, and 'parameters' of the whole path. */
type PathItem = Readonly<Record<string, Operation>> | { readonly parameters: readonly Parameter[] };
type Schema = Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, Schema>> };
interface Document {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface DocumentV2 {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
}
interface OperationFact {
  readonly action: string | null;
  readonly codes: readonly string[];
  readonly consumes: readonly string[];
  readonly gvk: object | null;
  readonly operationId: string;
  readonly parameters: readonly string[];
}

let cluster: InProcessCluster;
const documents = new Map<string, Document>();
let v2: DocumentV2;
let v2Text = '';

const get = async (path: string) => await call(cluster.server, 'GET', path);

beforeAll(async () => {
  cluster = await startInProcessCluster();
  const index = (await get('/openapi/v3')).json.paths as Readonly<
    Record<string, { serverRelativeURL: string }>
  >;
  for (const [root, { serverRelativeURL }] of Object.entries(index))
    documents.set(root, (await get(serverRelativeURL)).json as unknown as Document);
  v2Text = (await get('/openapi/v2')).text;
  v2 = JSON.parse(v2Text) as DocumentV2;
});
afterAll(async () => await cluster.close());

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);

type WholeOperation = Operation & { readonly parameters: readonly Parameter[] };

/** 'GET /api/v1/pods' to the operation, its parameters with those of the path. */
function operationsOf(paths: Document['paths']): Map<string, WholeOperation> {
  const found = new Map<string, WholeOperation>();
  for (const [path, item] of Object.entries(paths)) {
    const { parameters: common = [] } = item as { parameters?: readonly Parameter[] };
    for (const [method, operation] of Object.entries(item as Readonly<Record<string, Operation>>))
      if (METHODS.has(method))
        found.set(`${method.toUpperCase()} ${path}`, {
          ...operation,
          parameters: [...common, ...(operation.parameters ?? [])],
        });
  }
  return found;
}

const allOperations = () =>
  new Map([...documents.values()].flatMap(document => [...operationsOf(document.paths)]));

test('the index names the documents that upstream has', () => {
  expect([...documents.keys()].sort()).toEqual(facts<string[]>('openapi-v3-paths.json').sort());
});

test('types have the defaults, values, required fields and extensions of upstream’s', () => {
  const upstream = facts<Readonly<Record<string, Schema>>>('schemas.json');
  const found: string[] = [];
  const seen = new Set<string>();
  for (const [root, document] of documents)
    for (const [id, schema] of Object.entries(document.components.schemas)) {
      seen.add(id);
      for (const difference of differences(withoutTexts(schema), upstream[id]))
        found.push(`${root} ${id} ${difference}`);
    }
  expect(sorted(found)).toEqual(knownDifferences('types'));
  expect([...seen].sort()).toEqual(Object.keys(upstream).sort());
});

function withoutTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTexts);
  if (typeof value !== 'object' || value === null) return value;
  // A field may be called description; then it is a type.
  const entries = Object.entries(value).filter(
    ([key, item]) => key !== 'description' || typeof item !== 'string',
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutTexts(item)]));
}

test('every type and field says what it means', () => {
  const found: string[] = [];
  for (const document of documents.values())
    for (const [id, { description, properties = {} }] of Object.entries(document.components.schemas)) {
      if (!description) found.push(id);
      for (const [name, field] of Object.entries(properties))
        if (!field['description']) found.push(`${id} ${name}`);
    }
  expect(sorted(found)).toEqual(knownDifferences('without description'));
});

test('operations have the ids, parameters, media types, codes and kinds of upstream’s', () => {
  const ours = allOperations();
  const found: string[] = [];
  const upstream = facts<Readonly<Record<string, OperationFact>>>('operations.json');
  for (const [key, fact] of Object.entries(upstream)) {
    const operation = ours.get(key);
    const said: Partial<OperationFact> | undefined = operation && {
      action: operation['x-kubernetes-action'] ?? null,
      codes: Object.keys(operation.responses),
      consumes: Object.keys(operation.requestBody?.content ?? {}),
      gvk: operation['x-kubernetes-group-version-kind'] ?? null,
      operationId: operation.operationId,
      parameters: operation.parameters.map(p => p.name).sort(),
    };
    for (const difference of differences(said, fact)) found.push(`${key} ${difference}`);
  }
  expect(sorted(found)).toEqual(knownDifferences('operations'));
  expect([...ours.keys()].sort()).toEqual(Object.keys(upstream).sort());
});

test('no two operations have the same id, no two parameters of one the same name and place', () => {
  const ids = [...allOperations().values()].map(o => o.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [key, { parameters }] of allOperations()) {
    const places = parameters.map(p => `${p.in} ${p.name}`);
    expect(new Set(places).size, key).toBe(places.length);
    const inPath = [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
    expect(places.filter(p => p.startsWith('path ')).sort(), key).toEqual(inPath.sort());
  }
});

test('every parameter says what it means', () => {
  const silent = [...allOperations()].flatMap(([key, { parameters }]) =>
    parameters.filter(p => !p.description).map(p => `${key} ${p.name}`),
  );
  expect(silent).toEqual([]);
});

test('references lead somewhere, in every document', () => {
  for (const [root, document] of documents) expect(dangling(document, document), root).toEqual([]);
  expect(dangling(v2, v2)).toEqual([]);
});

function dangling(value: unknown, document: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(item => dangling(item, document));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string'
      ? leads(item, document)
        ? []
        : [item]
      : dangling(item, document),
  );
}

function leads(reference: string, document: unknown): boolean {
  let at = document as Readonly<Record<string, unknown>> | undefined;
  for (const key of reference.replace(/^#\//, '').split('/')) at = at?.[key] as typeof at;
  return at !== undefined;
}

describe('the v2 document', () => {
  test('has the operations of the v3 documents', () => {
    const ours = operationsOf(v2.paths);
    expect([...ours.keys()].sort()).toEqual([...allOperations().keys()].sort());
    for (const [key, { parameters, operationId }] of allOperations()) {
      const resolved = ours
        .get(key)
        ?.parameters.map(resolve)
        .filter(p => p.in !== 'body');
      expect(ours.get(key)?.operationId).toBe(operationId);
      expect(resolved?.map(p => `${p.in} ${p.name}`).sort(), key).toEqual(
        parameters.map(p => `${p.in} ${p.name}`).sort(),
      );
    }
  });

  const resolve = (parameter: Parameter): Parameter =>
    parameter.$ref === undefined
      ? parameter
      : (v2.parameters[parameter.$ref.slice('#/parameters/'.length)] as Parameter);

  test('writes each parameter once that upstream writes once', () => {
    const shared = Object.keys(facts<object>('parameters.json')).filter(id => id.includes('-'));
    const bodies = ['body-2Y1dVQaQ', 'body-78PwaGsr'];
    expect(Object.keys(v2.parameters).sort()).toEqual([...shared, ...bodies].sort());
  });

  test('has every type, without defaults and what v2 does not know', () => {
    const upstream = facts<Readonly<Record<string, Schema>>>('schemas.json');
    expect(Object.keys(v2.definitions).sort()).toEqual(Object.keys(upstream).sort());
    for (const [id, schema] of Object.entries(v2.definitions)) {
      expect(Object.keys(schema.properties ?? {}), id).toEqual(Object.keys(upstream[id]?.properties ?? {}));
      for (const field of [schema, ...Object.values(schema.properties ?? {})])
        for (const word of ['default', 'oneOf', 'anyOf', 'allOf', 'nullable'])
          expect(field, id).not.toHaveProperty(word);
    }
    expect(v2Text).not.toContain('#/components/');
  });
});

describe('what a code generator made of upstream’s documents', () => {
  const folder = 'node_modules/@kubernetes/client-node/dist/gen/apis/';
  const method =
    /\/\*\*\n {5}\* ([^\n]*)\n(?:(?!\*\/)[^])*?\*\/\n {4}(\w+)\([^)]*\): Promise<RequestContext>/g;
  const answer = /(\w+)WithHttpInfo\(response: ResponseContext\): Promise<HttpInfo<(\w+) ?>>/g;
  const texts = new Map<string, string>();
  const answers = new Map<string, string>();
  for (const file of readdirSync(folder).filter(name => name.endsWith('Api.d.ts'))) {
    const source = readFileSync(folder + file, 'utf8');
    const api = file.replace('Api.d.ts', '');
    for (const [, text = '', name] of source.matchAll(method)) texts.set(`${api}.${name}`, plainText(text));
    for (const [, name, type = ''] of source.matchAll(answer)) answers.set(`${api}.${name}`, type);
  }

  /** listCoreV1NamespacedPod is CoreV1's listNamespacedPod there. */
  const generated = ({ operationId }: Operation): string | undefined => {
    for (const [, verb, api, rest] of splits(operationId)) {
      if (texts.has(`${api}.${verb}${rest}`)) return `${api}.${verb}${rest}`;
    }
    return undefined;
  };

  test('each operation is described in the same words', () => {
    let compared = 0;
    for (const operation of allOperations().values()) {
      const name = generated(operation);
      if (name === undefined) continue;
      expect(operation.description, name).toBe(texts.get(name));
      compared++;
    }
    expect(compared).toBeGreaterThan(650);
  });

  test('each operation answers the same type', () => {
    let compared = 0;
    for (const operation of allOperations().values()) {
      const type = answers.get(generated(operation) ?? '');
      if (type === undefined || type === 'any') continue;
      const schema = Object.values(operation.responses['200']?.content ?? {})[0]?.schema;
      const [version = '', kind = ''] = (schema?.$ref ?? '').split('.').slice(-2);
      const ours = schema?.$ref ? `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}` : 'string';
      // Where two groups have a type of one name, the client's begins with the group.
      expect(type.endsWith(ours), `${operation.operationId}: ${ours}, ${type}`).toBe(true);
      compared++;
    }
    expect(compared).toBeGreaterThan(650);
  });
});

/** Every way to read verb, group and version, and rest out of an operation's id. */
function splits(id: string): RegExpMatchArray[] {
  return [...id.matchAll(/[A-Z]/g)].flatMap(({ index }) => {
    const [verb, rest] = [id.slice(0, index), id.slice(index)];
    return [...rest.matchAll(/(?=[A-Z]|$)/g)].map(
      ({ index: at }) => [id, verb, rest.slice(0, at), rest.slice(at)] as unknown as RegExpMatchArray,
    );
  });
}

const plainText = (text: string) =>
  text.replace(/\\&/g, '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
