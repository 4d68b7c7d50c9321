/** What must be true of every answer. */
import { parse } from 'yaml';
import type { KubeObject } from '../../src/api/object.ts';
import { requestInfo } from '../../src/apiserver/request-info.ts';
import { fromProtobuf } from '../../src/wire/protobuf/decode.ts';
import { unwrap } from '../../src/wire/protobuf/envelope.ts';
import { collectionOf, NAMESPACE } from './corpus.ts';
import type { FuzzRequest } from './request.ts';
import { isUpstreams500 } from './upstream-500.ts';
import type { Reply, World } from './world.ts';

const HANG_MS = 20_000;
const REASONS_WITHOUT_CODE = new Set(['', undefined]);

/** Sends a request. Gives everything that is wrong with what came of it. */
export async function attack(
  world: World,
  request: FuzzRequest,
  answered: (status: number) => void = () => undefined,
): Promise<readonly string[]> {
  // What is proxied leaves this server, for wherever the objects say.
  if (locate(world, request).info.subresource === 'proxy') return [];
  const wrong: string[] = [];
  const before = world.writes;
  const shown = shownObject(world, request);
  const reply = await within(HANG_MS, world.send(request)).catch((error: unknown) => {
    wrong.push(`it threw: ${error instanceof Error ? error.stack : String(error)}`);
    return undefined;
  });
  const polluted = [
    ...Object.keys(Object.prototype),
    ...Object.keys(Array.prototype),
    ...Object.keys(Function.prototype),
  ];
  for (const key of polluted) Reflect.deleteProperty(Object.prototype, key);
  if (polluted.length > 0) wrong.push(`it polluted a prototype with ${polluted.join(', ')}`);
  wrong.push(...world.failures.splice(0));
  if (!reply) return wrong;
  answered(reply.status);
  const changed = world.writes !== before;
  if (reply.status >= 400) {
    if (changed) wrong.push(`it answered ${reply.status}, but changed something`);
    if (shownObject(world, request) !== shown)
      wrong.push(`it answered ${reply.status}, but the object shows differently`);
    wrong.push(...errorProblems(request, reply));
  } else {
    if (changed && ['GET', 'HEAD', 'OPTIONS'].includes(request.method))
      wrong.push('it read, and changed something');
    wrong.push(...bodyProblems(reply));
    if (changed) wrong.push(...(await readBack(world, request)));
  }
  return wrong;
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function locate(world: World, { method, target }: FuzzRequest) {
  const [path = '', query] = target.split('?');
  const info = requestInfo(method, decodeURIComponent(path), new URLSearchParams(query));
  const resource = info.resourceRequest
    ? world.core.resources.lookup(info.group, info.version, info.resource)
    : undefined;
  return { info, resource };
}

/** The object that the request names, as it would be answered. */
function shownObject(world: World, request: FuzzRequest): string | undefined {
  const { info, resource } = locate(world, request);
  if (!resource?.stored || info.name === '') return undefined;
  const cached = world.core.cache.get(resource.key(info.namespace, info.name));
  if (!cached || !world.isServersOwn(resource)) return cached && resource.bytes(cached).toString();
  const { spec, metadata } = resource.present(cached) as KubeObject & { readonly spec?: unknown };
  return JSON.stringify([spec, metadata.labels, metadata.annotations]);
}

function errorProblems(request: FuzzRequest, reply: Reply): string[] {
  const type = reply.contentType ?? '';
  if (type.startsWith('text/plain')) {
    // No group, no resource: then upstream has no Status either.
    return reply.bytes.length > 0 && reply.status < 500 ? [] : ['an error without a text'];
  }
  // As upstream: no document, no words.
  if (request.method === 'HEAD' || (reply.bytes.length === 0 && request.target.startsWith('/openapi/')))
    return [];
  let status: Record<string, unknown>;
  try {
    status = valueOf(reply) as Record<string, unknown>;
  } catch (error) {
    return [`an error that cannot be read as ${type}: ${String(error)}`];
  }
  const wrong: string[] = [];
  const expect = (what: boolean, text: string) => {
    if (!what) wrong.push(`${text}: ${JSON.stringify(status).slice(0, 600)}`);
  };
  const inOrder = reply.status < 500 || [503, 504].includes(reply.status);
  expect(inOrder || isUpstreams500(status?.message, status?.reason), `it answered ${reply.status}`);
  expect(status?.kind === 'Status' && status.apiVersion === 'v1', 'an error that is no Status');
  expect(status?.status === 'Failure', 'an error that is no Failure');
  expect(status?.code === reply.status, `an error with another code than ${reply.status}`);
  expect(typeof status?.message === 'string' && status.message !== '', 'an error without a message');
  expect(
    typeof status?.reason === 'string' || REASONS_WITHOUT_CODE.has(status?.reason as string | undefined),
    'a reason that is no text',
  );
  return wrong;
}

function valueOf({ contentType, bytes }: Reply): unknown {
  const text = bytes.toString();
  if (contentType === 'application/yaml') return parse(text, { maxAliasCount: -1 });
  if (contentType !== 'application/vnd.kubernetes.protobuf') return JSON.parse(text);
  const { kind, apiVersion } = unwrap(bytes);
  return kind === 'Status' ? fromProtobuf(bytes) : { kind, apiVersion };
}

function bodyProblems(reply: Reply): string[] {
  const type = reply.contentType ?? '';
  if (
    !['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'].includes(type) ||
    reply.bytes.length === 0
  )
    return [];
  // A watch: one event a line.
  try {
    valueOf(reply);
  } catch (error) {
    const lines = reply.bytes.toString().trimEnd().split('\n');
    if (type === 'application/json' && lines.every(line => line.startsWith('{"type":'))) return [];
    return [`an answer that cannot be read as ${type}: ${String(error)}`];
  }
  return [];
}

const FORMS = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json',
];

/** Whatever was stored can be listed and watched in every form. */
async function readBack(world: World, request: FuzzRequest): Promise<string[]> {
  const { info, resource } = locate(world, request);
  if (!resource?.stored) return [];
  const wrong: string[] = [];
  for (const accept of FORMS) {
    // Custom resources have no messages.
    if (resource.definition.schema === '' && accept.includes('protobuf')) continue;
    const target = collectionOf(resource, info.namespace || NAMESPACE);
    const reply = await world.send({ method: 'GET', target, headers: { accept }, body: undefined });
    if (reply.status !== 200)
      wrong.push(`what it stored cannot be listed as ${accept}: ${reply.bytes.toString().slice(0, 600)}`);
  }
  wrong.push(...world.failures.splice(0));
  return wrong;
}
