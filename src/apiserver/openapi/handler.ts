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
import { documentV2Protobuf } from './gnostic-v2.ts';
import { documentV3Protobuf } from './gnostic-v3.ts';
import { type JsonObject, sources } from './sources.ts';

interface Kept {
  readonly json: Buffer;
  readonly hash: string;
  /** Made when it is first asked for. */
  readonly protobuf: () => Buffer;
}

type Encode = (document: JsonObject) => Buffer;

export type OpenApiHandler = (exchange: Exchange) => ApiResponse | undefined;

const JSON_TYPE = 'application/json';
const V2 = 'com.github.proto-openapi.spec.v2';
const V3 = 'com.github.proto-openapi.spec.v3';
const YEAR_MS = 365 * 24 * 3600 * 1000;

export function createOpenApi(registry: ResourceRegistry): OpenApiHandler {
  const kept = new Map<string, Kept>();
  let kinds = registry.all();
  const keep = (name: string, make: () => JsonObject | undefined, encode?: Encode): Kept | undefined => {
    // Kinds made at run time change the documents.
    if (kinds !== registry.all()) {
      kinds = registry.all();
      kept.clear();
    }
    const known = kept.get(name);
    if (known) return known;
    // Not kept when there is none: a client may ask for names without end.
    const document = make();
    const made = document && keptOf(document, encode);
    if (made) kept.set(name, made);
    return made;
  };
  const roots = () => [...operationsByRoot(sources()).keys()];
  const makeV3 = (root: string) => {
    const paths = pathsOf(root, registry, sources());
    return paths && documentV3(paths, sources(), version.gitVersion);
  };
  const makeV2 = () => {
    const groups = roots().map(root => pathsOf(root, registry, sources()));
    const served = groups.filter((paths): paths is Paths => paths !== undefined);
    return documentV2(served, sources(), version.gitVersion);
  };
  const v3 = (root: string) => keep(`v3/${root}`, () => makeV3(root), documentV3Protobuf);
  const v2 = () => keep('v2', makeV2, documentV2Protobuf);
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
    if (path === '/openapi/v3') return answer(exchange, index(), JSON_TYPE);
    if (path === '/openapi/v2') {
      const form = formOf(exchange, V2);
      return form === undefined ? plain(406) : answer(exchange, v2(), form);
    }
    if (!path.startsWith('/openapi/v3/')) return undefined;
    const root = path.slice('/openapi/v3/'.length);
    const document = v3(root);
    if (!document) return plain(404);
    const form = formOf(exchange, V3);
    if (form === undefined) return plain(406);
    const asked = exchange.request.query.get('hash');
    if (!asked) return answer(exchange, document, form);
    // An index that has been kept too long leads to what is here now.
    if (asked !== document.hash) return plain(301, { location: urlOf(root, document) });
    return answer(exchange, document, form, {
      'cache-control': 'public, immutable',
      expires: new Date(exchange.core.clock.now() + YEAR_MS).toUTCString(),
    });
  };
}

const urlOf = (root: string, { hash }: Kept) => `/openapi/v3/${root}?hash=${hash}`;

function keptOf(document: JsonObject, encode?: Encode): Kept {
  const json = Buffer.from(JSON.stringify(document));
  let protobuf: Buffer | undefined;
  return {
    json,
    hash: createHash('sha512').update(json).digest('hex').toUpperCase(),
    protobuf: () => {
      // From the bytes: the document itself need not be held for those who never ask.
      protobuf ??= encode?.(JSON.parse(json.toString()) as JsonObject) ?? EMPTY;
      return protobuf;
    },
  };
}

function answer(
  { request }: Exchange,
  kept: Kept | undefined,
  form: string,
  further: Readonly<Record<string, string>> = {},
): ApiResponse | undefined {
  if (!kept) return undefined;
  const etag = `"${kept.hash}"`;
  const headers = { etag, vary: 'Accept', 'cache-control': 'no-cache, private', ...further };
  if (request.header('if-none-match') === etag) return plain(304, headers);
  const body = form === JSON_TYPE ? kept.json : kept.protobuf();
  return { status: 200, contentType: form, headers, body };
}

const plain = (status: number, headers: Readonly<Record<string, string>> = {}): ApiResponse => ({
  status,
  contentType: undefined,
  headers,
  body: EMPTY,
});

/** The media type to answer in; undefined: none that the client takes. @param proto the name of gnostic's form */
function formOf({ request }: Exchange, proto: string): string | undefined {
  const binary = `application/${proto}.v1.0+protobuf`;
  for (const { type } of parseAccept(request.header('accept') || '*/*')) {
    if (type === JSON_TYPE || type === '*/*' || type === 'application/*') return JSON_TYPE;
    // The older spelling, which is no media type, is what clients send.
    if (type === binary || type === `application/${proto}@v1.0+protobuf`) return binary;
  }
  return undefined;
}
