/**
 * GET /openapi/v2 and /openapi/v3: the documents are made when they are first asked for and kept,
 * until a kind comes or goes. Each is named by the hash of its content, so that clients cache it
 * for ever (KEP-2896).
 */
import { createHash } from 'node:crypto';
import { parseAccept } from '../codec/negotiate.ts';
import type { Exchange } from '../exchange.ts';
import { version } from '../nonresource/version.ts';
import type { ResourceRegistry } from '../registry/registry.ts';
import { type ApiResponse, EMPTY } from '../request.ts';
import { documentV2 } from './document-v2.ts';
import { documentV3, operationsByRoot, type Paths, pathsOf } from './document-v3.ts';
import { type JsonObject, sources } from './sources.ts';

interface Kept {
  readonly json: Buffer;
  readonly hash: string;
}

export type OpenApiHandler = (exchange: Exchange) => ApiResponse | undefined;

const JSON_TYPE = 'application/json';
const YEAR_MS = 365 * 24 * 3600 * 1000;

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
  const roots = () => [...operationsByRoot(sources()).keys()];
  const v3 = (root: string) =>
    keep(`v3/${root}`, () => {
      const paths = pathsOf(root, registry, sources());
      return paths && documentV3(paths, sources(), version.gitVersion);
    });
  const v2 = () =>
    keep('v2', () => {
      const groups = roots().map(root => pathsOf(root, registry, sources()));
      return documentV2(
        groups.filter((paths): paths is Paths => paths !== undefined),
        sources(),
        version.gitVersion,
      );
    });
  const index = () =>
    keep('v3', () => {
      const paths: Record<string, unknown> = {};
      for (const root of roots()) {
        const document = v3(root);
        if (document) paths[root] = { serverRelativeURL: urlOf(root, document) };
      }
      return { paths };
    });
  return exchange => {
    const { path } = exchange.info;
    if (path === '/openapi/v3') return answer(exchange, index());
    if (path === '/openapi/v2') return accepted(exchange) ? answer(exchange, v2()) : plain(406);
    if (!path.startsWith('/openapi/v3/')) return undefined;
    const root = path.slice('/openapi/v3/'.length);
    const document = v3(root);
    if (!document) return plain(404);
    if (!accepted(exchange)) return plain(406);
    const asked = exchange.request.query.get('hash');
    if (!asked) return answer(exchange, document);
    // An index that has been kept too long leads to what is here now.
    if (asked !== document.hash) return plain(301, { location: urlOf(root, document) });
    return answer(exchange, document, {
      'cache-control': 'public, immutable',
      expires: new Date(exchange.core.clock.now() + YEAR_MS).toUTCString(),
    });
  };
}

const urlOf = (root: string, { hash }: Kept) => `/openapi/v3/${root}?hash=${hash}`;

function keptOf(document: JsonObject): Kept {
  const json = Buffer.from(JSON.stringify(document));
  return { json, hash: createHash('sha512').update(json).digest('hex').toUpperCase() };
}

function answer(
  { request }: Exchange,
  kept: Kept | undefined,
  further: Readonly<Record<string, string>> = {},
): ApiResponse | undefined {
  if (!kept) return undefined;
  const etag = `"${kept.hash}"`;
  const headers = { etag, vary: 'Accept', 'cache-control': 'no-cache, private', ...further };
  if (request.header('if-none-match') === etag) return plain(304, headers);
  return { status: 200, contentType: JSON_TYPE, headers, body: kept.json };
}

const plain = (status: number, headers: Readonly<Record<string, string>> = {}): ApiResponse => ({
  status,
  contentType: undefined,
  headers,
  body: EMPTY,
});

/** Old clients ask for gnostic's protobuf first, and take JSON when it is refused. */
function accepted({ request }: Exchange): boolean {
  return parseAccept(request.header('accept') || '*/*').some(({ type }) =>
    [JSON_TYPE, '*/*', 'application/*'].includes(type),
  );
}
