/** Operations of a document: an operation of the facts as OpenAPI v3 says it. Pure. */
import { returnsDeletedObject } from '../operations/delete-answer.ts';
import { producedBy } from './media-types.ts';
import { operationText, subresourceOf } from './operation-text.ts';
import { type Parameter, parametersOf } from './parameters.ts';
import { schemaIdOf } from './schemas.ts';
import type { JsonObject, Operation, Sources } from './sources.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const STATUS = `${META}.Status`;
const DELETE_OPTIONS = `${META}.DeleteOptions`;
const PATCH = `${META}.Patch`;
const WATCH_EVENT = `${META}.WatchEvent`;
const TEXT: JsonObject = { type: 'string' };

export interface PathOperation {
  /** Without parameters. */
  readonly operation: JsonObject;
  readonly parameters: readonly Parameter[];
  /** Types it names. */
  readonly schemas: readonly string[];
}

export function operationV3(method: string, path: string, facts: Operation, sources: Sources): PathOperation {
  const { action, gvk, operationId, consumes, codes } = facts;
  const { schemas } = sources;
  const used: string[] = [];
  const ref = (id: string): JsonObject => {
    used.push(id);
    return { $ref: `#/components/schemas/${id}` };
  };
  const answer = answerOf(path, facts, schemas);
  const content = Object.fromEntries(
    producedBy(path, facts).map(type => [type, { schema: answer === undefined ? TEXT : ref(answer) }]),
  );
  const body = bodyOf(method, facts, schemas);
  const description = operationText(method, path, facts, {
    parent: parentKind(path, sources),
    watchable: isWatchable(path, sources),
  });
  const operation = {
    tags: [tagOf(path)],
    ...(description === undefined ? {} : { description }),
    operationId,
    ...(body ? { requestBody: requestBody(ref(body), consumes, method !== 'DELETE') } : {}),
    responses: Object.fromEntries(
      codes.map(code => [
        code,
        code === '401' ? { description: reasonOf(code) } : { description: reasonOf(code), content },
      ]),
    ),
    ...(action ? { 'x-kubernetes-action': action } : {}),
    ...(gvk ? { 'x-kubernetes-group-version-kind': gvk } : {}),
  };
  return { operation, parameters: parametersOf(path, facts, sources), schemas: used };
}

/** The type of the answer; undefined: text. */
function answerOf(path: string, facts: Operation, schemas: Sources['schemas']): string | undefined {
  const { action, gvk } = facts;
  if (!gvk) return discoveryAnswer(path);
  if (action === 'connect' || subresourceOf(path) === 'log') return undefined;
  if (action === 'watch' || action === 'watchlist') return WATCH_EVENT;
  const id = schemaIdOf(gvk, schemas);
  if (action === 'list') return `${id}List`;
  if (action === 'deletecollection') return STATUS;
  if (action !== 'delete') return id;
  const plural = path.split('/').at(-2) ?? '';
  return returnsDeletedObject({ group: gvk.group, plural }) ? id : STATUS;
}

function discoveryAnswer(path: string): string | undefined {
  const [root, ...rest] = path.split('/').filter(Boolean);
  if (root === 'version') return 'io.k8s.apimachinery.pkg.version.Info';
  if (root !== 'api' && root !== 'apis') return undefined;
  if (rest.length === 0) return root === 'api' ? `${META}.APIVersions` : `${META}.APIGroupList`;
  return root === 'apis' && rest.length === 1 ? `${META}.APIGroup` : `${META}.APIResourceList`;
}

function bodyOf(method: string, { action, gvk }: Operation, schemas: Sources['schemas']): string | undefined {
  if (!gvk || action === 'connect') return undefined;
  if (method === 'DELETE') return DELETE_OPTIONS;
  if (method === 'PATCH') return PATCH;
  return method === 'POST' || method === 'PUT' ? schemaIdOf(gvk, schemas) : undefined;
}

/** The kind that GET of the object in front of a subresource answers. */
function parentKind(path: string, { operations }: Sources): string | undefined {
  const parent = /^(.*\/\{name\})\//.exec(path)?.[1];
  return parent === undefined ? undefined : operations[`GET ${parent}`]?.gvk?.kind;
}

/** Every kind's lists take the parameter; what is computed has no events. */
function isWatchable(path: string, { operations }: Sources): boolean {
  return `GET ${path.replace(/^(\/api|\/apis\/[^/]+)\/[^/]+\//, '$&watch/')}` in operations;
}

function requestBody(schema: JsonObject, consumes: readonly string[], required: boolean): JsonObject {
  return {
    content: Object.fromEntries(consumes.map(type => [type, { schema }])),
    ...(required ? { required } : {}),
  };
}

const reasonOf = (code: string) =>
  ({ '200': 'OK', '201': 'Created', '202': 'Accepted', '401': 'Unauthorized' })[code] ?? '';

/** core_v1, apps_v1, rbacAuthorization_v1: what code generators name their classes after. */
function tagOf(path: string): string {
  const [prefix = '', group = '', version = ''] = path.slice(1).split('/');
  if (prefix === 'api') return group === '' ? 'core' : `core_${group}`;
  if (prefix === '.well-known') return 'WellKnown';
  if (prefix !== 'apis' || group === '') return prefix;
  const short = group
    .replace(/\.k8s\.io$/, '')
    .replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase());
  return version === '' ? short : `${short}_${version}`;
}
