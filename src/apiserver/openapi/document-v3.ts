/** The OpenAPI v3 document of one group version: what `kubectl explain` and `kubectl apply` read. Pure. */
import type { ResourceRegistry } from '../registry/registry.ts';
import { operationV3, type PathOperation } from './operations.ts';
import { commonParameters, isSame, type Parameter, parameterV3 } from './parameters.ts';
import { closure, described } from './schemas.ts';
import type { JsonObject, Operation, Sources } from './sources.ts';

export interface PathItem {
  /** That every operation of the path has. */
  readonly common: readonly Parameter[];
  /** By lower-case method, each with the parameters that are its own. */
  readonly operations: Readonly<Record<string, PathOperation>>;
}

export type Paths = Readonly<Record<string, PathItem>>;

export const TITLE = 'Kubernetes';
export const BEARER_TOKEN = {
  description: 'Bearer Token authentication',
  in: 'header',
  name: 'authorization',
  type: 'apiKey',
};

/** `root` is 'api/v1', 'apis/apps/v1', 'apis/apps', 'version'. Undefined: nothing is served there. */
export function pathsOf(root: string, registry: ResourceRegistry, sources: Sources): Paths | undefined {
  const paths: Record<string, Record<string, PathOperation>> = {};
  for (const { method, path, facts } of operationsByRoot(sources).get(root) ?? [])
    if (isServed(path, registry))
      (paths[path] ??= {})[method.toLowerCase()] = operationV3(method, path, facts, sources);
  const sorted = Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1));
  if (sorted.length === 0) return undefined;
  return Object.fromEntries(sorted.map(([path, operations]) => [path, pathItem(operations)]));
}

interface Located {
  readonly method: string;
  readonly path: string;
  readonly facts: Operation;
}

const indexes = new WeakMap<Sources, ReadonlyMap<string, readonly Located[]>>();

/** The root of each document to its operations, in the order of the roots. */
export function operationsByRoot(sources: Sources): ReadonlyMap<string, readonly Located[]> {
  let index = indexes.get(sources);
  if (!index) {
    const map = new Map<string, Located[]>();
    for (const [key, facts] of Object.entries(sources.operations)) {
      const [method = '', path = ''] = key.split(' ');
      const root = rootOf(path);
      const known = map.get(root);
      if (known) known.push({ method, path, facts });
      else map.set(root, [{ method, path, facts }]);
    }
    index = new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
    indexes.set(sources, index);
  }
  return index;
}

function pathItem(operations: Readonly<Record<string, PathOperation>>): PathItem {
  const common = commonParameters(Object.values(operations).map(o => o.parameters));
  const own = Object.entries(operations).map(([method, operation]) => {
    const parameters = operation.parameters.filter(p => !common.some(other => isSame(other, p)));
    return [method, { ...operation, parameters }] as const;
  });
  return { common, operations: Object.fromEntries(own) };
}

export function documentV3(paths: Paths, sources: Sources, version: string): JsonObject {
  const used = Object.values(paths).flatMap(item => Object.values(item.operations).flatMap(o => o.schemas));
  const components = closure(used, sources.schemas).map(id => [id, described(id, sources)]);
  return {
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: { BearerToken: BEARER_TOKEN },
    },
    info: { title: TITLE, version },
    openapi: '3.0.0',
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, pathItemV3(item)])),
  };
}

function pathItemV3({ common, operations }: PathItem): JsonObject {
  const methods = Object.entries(operations).map(([method, { operation, parameters }]) => [
    method,
    { ...operation, ...(parameters.length > 0 ? { parameters: parameters.map(parameterV3) } : {}) },
  ]);
  return {
    ...Object.fromEntries(methods),
    ...(common.length > 0 ? { parameters: common.map(parameterV3) } : {}),
  };
}

/** Which document a path is in. */
function rootOf(path: string): string {
  const [prefix = '', second = '', third = ''] = path.split('/').filter(Boolean);
  if (prefix === 'api') return second === '' ? 'api' : `api/${second}`;
  if (prefix !== 'apis') return path.replace(/^\/|\/$/g, '');
  if (second === '') return 'apis';
  return third === '' ? `apis/${second}` : `apis/${second}/${third}`;
}

/** Discovery paths are; those of a resource are when it is registered. */
function isServed(path: string, registry: ResourceRegistry): boolean {
  const segments = path.split('/').filter(s => s !== '' && s !== 'watch');
  const isCore = segments[0] === 'api';
  if (!isCore && segments[0] !== 'apis') return true;
  const [group = '', version = '', ...rest] = isCore ? ['', ...segments.slice(1)] : segments.slice(1);
  const plural = rest[0] === 'namespaces' && rest[1] === '{namespace}' ? rest[2] : rest[0];
  if (plural === undefined)
    return version === '' ? group === '' || registry.hasGroup(group) : registry.hasVersion(group, version);
  return registry.lookup(group, version, plural) !== undefined;
}
