/** The OpenAPI v3 document of one group version: what `kubectl explain` and `kubectl apply` read. Pure. */
import type { ResourceRegistry } from '../registry/registry.ts';
import { operationV3 } from './operations.ts';
import { closure, described } from './schemas.ts';
import type { JsonObject, Sources } from './sources.ts';

const METHODS = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch']);

/** `root` is 'api/v1', 'apis/apps/v1', 'apis/apps', 'version'. Undefined: nothing is served there. */
export function documentV3(
  root: string,
  registry: ResourceRegistry,
  sources: Sources,
  version: string,
): JsonObject | undefined {
  const paths: Record<string, Record<string, unknown>> = {};
  const used: string[] = [];
  for (const [key, facts] of Object.entries(sources.operations)) {
    const [method = '', path = ''] = key.split(' ');
    if (rootOf(path) !== root || !METHODS.has(method.toLowerCase()) || !isServed(path, registry)) continue;
    const { operation, schemas } = operationV3(method, path, facts, sources);
    (paths[path] ??= {})[method.toLowerCase()] = operation;
    used.push(...schemas);
  }
  if (Object.keys(paths).length === 0) return undefined;
  const components = closure(used, sources.schemas).map(id => [id, described(id, sources)]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: {
        BearerToken: {
          type: 'apiKey',
          description: 'Bearer Token authentication',
          name: 'authorization',
          in: 'header',
        },
      },
    },
  };
}

/** Which document a path is in. */
export function rootOf(path: string): string {
  const [prefix = '', second = '', third = ''] = path.split('/').filter(Boolean);
  if (prefix === 'api') return second === '' ? 'api' : `api/${second}`;
  if (prefix !== 'apis') return prefix;
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
