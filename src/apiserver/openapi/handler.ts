/**
 * /openapi/v3 (an index, and a document a group version) and /openapi/v2. Documents are made when
 * they are first asked for and kept; their hash is in the index's URLs, so clients may keep them too.
 */
import { createHash } from 'node:crypto';
import { notAcceptable, parseAccept } from '../codec/negotiate.ts';
import type { Exchange } from '../exchange.ts';
import { version } from '../nonresource/version.ts';
import type { ResourceRegistry } from '../registry/registry.ts';
import { type ApiResponse, EMPTY } from '../request.ts';
import { documentV2 } from './document-v2.ts';
import { documentV3, rootOf } from './document-v3.ts';
import { type JsonObject, sources } from './sources.ts';

interface Kept {
  readonly bytes: Buffer;
  readonly hash: string;
}

export type OpenApiHandler = (exchange: Exchange) => ApiResponse | undefined;

export function createOpenApi(registry: ResourceRegistry): OpenApiHandler {
  const kept = new Map<string, Kept>();
  let kinds = registry.all();
  const keep = (name: string, make: () => JsonObject | undefined): Kept | undefined => {
    // Kinds made at run time change the documents.
    if (kinds !== registry.all()) {
      kinds = registry.all();
      kept.clear();
    }
    const known = kept.get(name);
    if (known) return known;
    // Not kept when there is none: a client may ask for names without end.
    const document = make();
    const made = document && keptOf(document);
    if (made) kept.set(name, made);
    return made;
  };
  const v3 = (root: string) =>
    keep(`v3/${root}`, () => documentV3(root, registry, sources(), version.gitVersion));
  const roots = () => [
    ...new Set(Object.keys(sources().operations).map(key => rootOf(key.split(' ')[1] ?? ''))),
  ];
  const index = () => {
    const paths: Record<string, unknown> = {};
    for (const root of roots().sort()) {
      const document = v3(root);
      if (document) paths[root] = { serverRelativeURL: `/openapi/v3/${root}?hash=${document.hash}` };
    }
    return { paths };
  };
  return exchange => {
    const { path } = exchange.info;
    if (path === '/openapi/v3') return answer(exchange, keptOf(index()));
    if (path === '/openapi/v2') {
      refuseProtobufOnly(exchange);
      return answer(
        exchange,
        keep('v2', () => documentV2(documents(roots(), v3), version.gitVersion)),
      );
    }
    if (!path.startsWith('/openapi/v3/')) return undefined;
    const document = v3(path.slice('/openapi/v3/'.length));
    return document ? answer(exchange, document) : { status: 404, contentType: undefined, body: EMPTY };
  };
}

function documents(roots: readonly string[], v3: (root: string) => Kept | undefined): JsonObject[] {
  return roots.flatMap(root => {
    const document = v3(root);
    return document ? [JSON.parse(document.bytes.toString()) as JsonObject] : [];
  });
}

function keptOf(document: JsonObject): Kept {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, hash: createHash('sha512').update(bytes).digest('hex').toUpperCase() };
}

function answer({ request }: Exchange, kept: Kept | undefined): ApiResponse | undefined {
  if (!kept) return undefined;
  const etag = `"${kept.hash}"`;
  const asked = request.query.get('hash');
  // A URL with the right hash names this content for ever.
  const cacheControl = asked === kept.hash ? 'public, immutable' : 'no-cache, private';
  const headers = { etag, 'cache-control': cacheControl, vary: 'Accept' };
  if (request.header('if-none-match') === etag)
    return { status: 304, contentType: undefined, headers, body: EMPTY };
  return { status: 200, contentType: 'application/json', headers, body: kept.bytes };
}

/** Old clients ask for gnostic's protobuf first, and take JSON when it is refused. @throws StatusError 406 */
function refuseProtobufOnly({ request }: Exchange): void {
  const accept = request.header('accept');
  if (!accept) return;
  const takesJson = parseAccept(accept).some(({ type }) =>
    ['application/json', '*/*', 'application/*'].includes(type),
  );
  if (!takesJson) throw notAcceptable(['application/json']);
}
