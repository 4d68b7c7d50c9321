/** Operations of a document: an operation of the facts as OpenAPI v3 says it. Pure. */
import { schemaIdOf } from './schemas.ts';
import type { JsonObject, Operation, Sources } from './sources.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const STATUS = `${META}.Status`;
const DELETE_OPTIONS = `${META}.DeleteOptions`;
const PATCH = `${META}.Patch`;
const WATCH_EVENT = `${META}.WatchEvent`;

const BOOLEANS = new Set([
  'allowWatchBookmarks',
  'follow',
  'force',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'insecureSkipTLSVerifyBackend',
  'orphanDependents',
  'previous',
  'sendInitialEvents',
  'stderr',
  'stdin',
  'stdout',
  'timestamps',
  'tty',
  'watch',
]);
const INTEGERS = new Set([
  'gracePeriodSeconds',
  'limit',
  'limitBytes',
  'ports',
  'sinceSeconds',
  'tailLines',
  'timeoutSeconds',
]);

export interface PathOperation {
  readonly operation: JsonObject;
  /** Types it names. */
  readonly schemas: readonly string[];
}

export function operationV3(
  method: string,
  path: string,
  facts: Operation,
  { schemas }: Sources,
): PathOperation {
  const { action, gvk, operationId, parameters, consumes, codes } = facts;
  const used: string[] = [];
  const ref = (id: string): JsonObject => {
    used.push(id);
    return { $ref: `#/components/schemas/${id}` };
  };
  const answer = answerOf(facts, schemas);
  const body = bodyOf(method, facts, schemas);
  const responses = Object.fromEntries(
    codes.map(code => [
      code,
      code === '401' || !answer
        ? { description: reasonOf(code) }
        : { description: reasonOf(code), content: contentOf(ref(answer), action) },
    ]),
  );
  const operation = {
    tags: [tagOf(path)],
    operationId,
    parameters: parameters.map(name => parameter(name, path)),
    ...(body ? { requestBody: requestBody(ref(body), consumes, method !== 'DELETE') } : {}),
    responses,
    ...(action ? { 'x-kubernetes-action': action } : {}),
    ...(gvk ? { 'x-kubernetes-group-version-kind': gvk } : {}),
  };
  return { operation, schemas: used };
}

function answerOf({ action, gvk }: Operation, schemas: Sources['schemas']): string | undefined {
  if (!gvk || action === 'connect') return undefined;
  if (action === 'watch' || action === 'watchlist') return WATCH_EVENT;
  const id = schemaIdOf(gvk, schemas);
  if (action === 'list') return id && schemas[`${id}List`] ? `${id}List` : id;
  if (action === 'delete' || action === 'deletecollection') return STATUS;
  return id;
}

function bodyOf(method: string, { action, gvk }: Operation, schemas: Sources['schemas']): string | undefined {
  if (!gvk || action === 'connect') return undefined;
  if (method === 'DELETE') return DELETE_OPTIONS;
  if (method === 'PATCH') return PATCH;
  return method === 'POST' || method === 'PUT' ? schemaIdOf(gvk, schemas) : undefined;
}

function requestBody(schema: JsonObject, consumes: readonly string[], required: boolean): JsonObject {
  const types = consumes.length > 0 ? consumes : ['*/*'];
  return {
    content: Object.fromEntries(types.map(type => [type, { schema }])),
    ...(required ? { required } : {}),
  };
}

function contentOf(schema: JsonObject, action: string | null): JsonObject {
  const types = ['application/json', 'application/yaml'];
  if (action === 'list' || action === 'watch' || action === 'watchlist')
    types.push('application/json;stream=watch');
  return Object.fromEntries(types.map(type => [type, { schema }]));
}

function parameter(name: string, path: string): JsonObject {
  const inPath = path.includes(`{${name}}`);
  const type = BOOLEANS.has(name) ? 'boolean' : INTEGERS.has(name) ? 'integer' : 'string';
  return {
    name,
    in: inPath ? 'path' : 'query',
    ...(inPath ? { required: true } : {}),
    schema: { type, uniqueItems: true },
  };
}

const reasonOf = (code: string) =>
  ({ '200': 'OK', '201': 'Created', '202': 'Accepted', '401': 'Unauthorized' })[code] ?? '';

function tagOf(path: string): string {
  const [prefix, group = '', version = ''] = path.slice(1).split('/');
  if (prefix === 'api') return group === '' ? 'core' : `core_${group}`;
  if (prefix !== 'apis') return prefix ?? '';
  const short = group.replace(/\.k8s\.io$/, '').replaceAll('.', '');
  return version === '' ? short || 'apis' : `${short}_${version}`;
}
