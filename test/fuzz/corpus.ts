/**
 * What mutations start from: the recorded requests (their bodies are objects and patches of every
 * kind), and for every endpoint of the registry one request that is right.
 */
import type { ServerCore } from '../../src/apiserver/core.ts';
import type { Resource } from '../../src/apiserver/registry/resource.ts';
import { requestInfo } from '../../src/apiserver/request-info.ts';
import { readScenarios } from '../../src/testing/oracle/offline.ts';

/** A request before it is written down: its body is still a value. */
export interface Base {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: none. */
  readonly body: unknown;
  /** The resource it is about, if any. */
  readonly resource: Resource | undefined;
}

export interface Template {
  readonly path: string;
  readonly body: { readonly metadata?: { readonly name?: string } };
}

/** Of the recorded scenarios. */
export const NAMESPACE = 'oracle-offline-0001';

export const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

interface Step {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly status: number;
}

let recorded: readonly Step[] | undefined;

function recordedSteps(): readonly Step[] {
  recorded ??= ['objects.jsonl', 'machinery.jsonl'].flatMap(file =>
    readScenarios(file).flatMap(s => s.steps),
  );
  return recorded;
}

/** Without the query. Some recorded paths are no percent-encoding. */
function plainPath(target: string): string {
  const [path = ''] = target.split('?');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
const queryOf = (target: string) => [...new URLSearchParams(target.split('?')[1] ?? '')];

function resourceAt(core: ServerCore, method: string, path: string): Resource | undefined {
  const info = requestInfo(method, path, new URLSearchParams());
  return info.resourceRequest ? core.resources.lookup(info.group, info.version, info.resource) : undefined;
}

/** Bodies that upstream took as new objects, by resource. */
export function templates(core: ServerCore): ReadonlyMap<Resource, readonly Template[]> {
  const found = new Map<Resource, Template[]>();
  for (const { method, path, body, status, headers } of recordedSteps()) {
    const plain = plainPath(path);
    const info = requestInfo(method, plain, new URLSearchParams());
    const resource = resourceAt(core, method, plain);
    if (method !== 'POST' || status !== 201 || info.name !== '' || headers?.['Content-Type'] || !resource)
      continue;
    if (typeof body !== 'object' || body === null || '$text' in body) continue;
    const list = found.get(resource) ?? [];
    list.push({ path: plain, body });
    found.set(resource, list);
  }
  return found;
}

/** The recorded requests themselves, about objects that `named` knows. */
export function recordedBases(core: ServerCore, named: (resource: Resource) => readonly string[]): Base[] {
  return recordedSteps().flatMap(({ method, path, headers = {}, body }) => {
    const plain = plainPath(path);
    const resource = resourceAt(core, method, plain);
    const info = requestInfo(method, plain, new URLSearchParams());
    if (!resource || info.subresource === 'proxy') return [];
    const [known = info.name] = named(resource);
    const there = info.name === '' || named(resource).includes(info.name);
    const lowerCase = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
    const retarget = (text: string) =>
      there ? text : text.replace(`/${info.resource}/${info.name}`, `/${info.resource}/${known}`);
    return [{ method, path: retarget(plain), query: queryOf(path), headers: lowerCase, body, resource }];
  });
}

const LIST_QUERIES: readonly (readonly [string, string])[][] = [
  [],
  [['limit', '1']],
  [['labelSelector', 'a in (b,c),!d']],
  [['fieldSelector', 'metadata.name=a,metadata.namespace!=b']],
  [
    ['resourceVersion', '0'],
    ['resourceVersionMatch', 'NotOlderThan'],
  ],
  [
    ['resourceVersion', '5'],
    ['resourceVersionMatch', 'Exact'],
  ],
  [
    ['limit', '2'],
    ['continue', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhXHUwMDAwIn0'],
  ],
];
const WATCH_QUERIES: readonly (readonly [string, string])[][] = [
  [
    ['watch', '1'],
    ['timeoutSeconds', '1'],
  ],
  [
    ['watch', 'true'],
    ['resourceVersion', '1'],
    ['allowWatchBookmarks', 'true'],
  ],
  [
    ['watch', 'true'],
    ['sendInitialEvents', 'true'],
    ['resourceVersionMatch', 'NotOlderThan'],
    ['allowWatchBookmarks', 'true'],
  ],
];

export interface Endpoints {
  readonly core: ServerCore;
  readonly templates: ReadonlyMap<Resource, readonly Template[]>;
  /** Names of objects that there are. */
  readonly named: (resource: Resource) => readonly string[];
  readonly subresourcesOf: (resource: Resource) => readonly string[];
  /** What is no resource. */
  readonly nonResourcePaths: readonly string[];
}

/** Every verb of every resource and subresource, and every other path. */
export function endpointBases({
  core,
  templates: known,
  named,
  subresourcesOf,
  nonResourcePaths,
}: Endpoints): Base[] {
  const bases: Base[] = [];
  const add = (method: string, path: string, resource: Resource | undefined, more: Partial<Base> = {}) =>
    bases.push({ method, path, resource, query: [], headers: {}, body: undefined, ...more });
  for (const resource of core.resources.all()) {
    const collection = collectionOf(resource);
    const bodies = (known.get(resource) ?? []).map(t => t.body);
    const examples =
      bodies.length > 0
        ? bodies
        : [
            {
              apiVersion: resource.apiVersion,
              kind: resource.definition.kind,
              metadata: { name: 'a' },
              spec: {},
            },
          ];
    for (const body of examples) add('POST', collection, resource, { body });
    for (const query of [...LIST_QUERIES, ...WATCH_QUERIES]) add('GET', collection, resource, { query });
    add('DELETE', collection, resource, { query: [['limit', '1']] });
    for (const name of named(resource)) {
      const path = `${collection}/${name}`;
      add('GET', path, resource);
      add('DELETE', path, resource, {
        body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
      });
      for (const under of ['', ...subresourcesOf(resource).map(s => `/${s}`)]) {
        if (under !== '') add('GET', path + under, resource);
        if (under !== '') add('POST', path + under, resource, { body: subresourceBody(under, name) });
        for (const example of examples.slice(0, 4)) {
          const body = { ...example, metadata: { ...example.metadata, name } };
          add('PUT', path + under, resource, { body: subresourceBody(under, name) ?? body });
          for (const type of PATCH_TYPES)
            add('PATCH', path + under, resource, {
              headers: { 'content-type': type },
              body: type.includes('json-patch')
                ? [{ op: 'replace', path: '', value: body }]
                : (subresourceBody(under, name) ?? body),
              query: type.includes('apply')
                ? [
                    ['fieldManager', 'fuzz'],
                    ['force', 'true'],
                  ]
                : [],
            });
        }
      }
    }
  }
  for (const path of nonResourcePaths) add('GET', path, undefined);
  return bases;
}

export function collectionOf(
  { definition: { group, version, plural, namespaced } }: Resource,
  namespace = NAMESPACE,
): string {
  return `${group === '' ? '/api' : `/apis/${group}`}/${version}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}`;
}

/** Bodies of subresources that have a form of their own. */
function subresourceBody(under: string, name: string): unknown {
  switch (under) {
    case '/scale':
      return {
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name, namespace: NAMESPACE },
        spec: { replicas: 2 },
      };
    case '/eviction':
      return {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name },
        deleteOptions: { gracePeriodSeconds: 0 },
      };
    case '/binding':
      return { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: 'n' } };
    case '/token':
      return {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: ['a'], expirationSeconds: 600 },
      };
    default:
      return undefined;
  }
}
