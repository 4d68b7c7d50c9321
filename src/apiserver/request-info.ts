/**
 * What a path and method ask for, before anything is known to exist: the attributes that
 * authorization decides about (upstream's RequestInfo).
 *
 *   /api/v1/namespaces/{namespace}/pods/{name}/{subresource}
 *   /apis/{group}/{version}/{plural}/{name}
 *   /api/{version}/watch/… (deprecated)
 *   everything else is a non-resource path
 */
export interface RequestInfo {
  readonly path: string;
  /** A Kubernetes verb for resources (get, list, deletecollection…), the lower-case method otherwise. */
  readonly verb: string;
  readonly resourceRequest: boolean;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The resource stands under namespaces/{namespace}/, which the Namespace itself does not. */
  readonly insideNamespace: boolean;
  /** Path segments from the resource on. */
  readonly parts: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources of the Namespace object itself, not resources inside of the namespace. */
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

const NO_RESOURCE = {
  resourceRequest: false,
  group: '',
  version: '',
  namespace: '',
  resource: '',
  insideNamespace: false,
};

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const segments = trimSlashes(path).split('/');
  const isCore = segments[0] === 'api';
  const prefixLength = isCore ? 2 : 3;
  if ((!isCore && segments[0] !== 'apis') || segments.length <= prefixLength) {
    return { path, verb: method.toLowerCase(), ...NO_RESOURCE, subresource: '', name: '', parts: [] };
  }
  const group = isCore ? '' : (segments[1] ?? '');
  const version = segments[prefixLength - 1] ?? '';
  let parts = segments.slice(prefixLength);
  // /api/v1/watch/…: how watches were asked for before ?watch=true.
  const isWatchPath = parts[0] === 'watch' && parts.length > 1;
  if (isWatchPath) parts = parts.slice(1);
  let namespace = '';
  let insideNamespace = false;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? '';
    insideNamespace = parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] ?? '');
    if (insideNamespace) parts = parts.slice(2);
  }
  const [resource = '', name = '', subresource = ''] = parts;
  return {
    path,
    verb: isWatchPath ? 'watch' : verbOf(method, name, query),
    resourceRequest: true,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    insideNamespace,
    parts,
  };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  const verb = VERBS[method] ?? '';
  if (verb === 'get' && name === '') return wantsWatch(query) ? 'watch' : 'list';
  if (verb === 'delete' && name === '') return 'deletecollection';
  return verb;
}

/** `watch`, `watch=1` and `watch=true` are yes: what strconv.ParseBool and upstream's conversion take. */
function wantsWatch(query: URLSearchParams): boolean {
  return booleanParameter(query.get('watch'));
}

/** Absent, '0' and 'false' (any case) are false; anything else, the empty string too, is true. */
export function booleanParameter(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

function trimSlashes(path: string): string {
  let end = path.length;
  if (end > 1 && path.endsWith('/')) end--;
  return path.slice(1, end);
}
