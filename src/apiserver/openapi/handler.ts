/**
 * GET /openapi/v2 and /openapi/v3: the documents are made when they are first asked for and kept,
 * until a kind comes or goes. Each is named by the hash of its content, so that clients cache it
 * for ever (KEP-2896).
 */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { TimeSlice } from '../../base/time-slice.ts';
import { parseAccept } from '../codec/accept.ts';
import type { Exchange } from '../exchange.ts';
import { version } from '../nonresource/version.ts';
import type { ResourceRegistry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { type ApiResponse, EMPTY } from '../request.ts';
import { withCustomResources } from './custom-sources.ts';
import { documentV2 } from './document-v2.ts';
import { documentV3, operationsByRoot, type Paths, pathsOf } from './document-v3.ts';
import { documentV2Protobuf } from './gnostic-v2.ts';
import { documentV3Protobuf } from './gnostic-v3.ts';
import { type JsonObject, type Sources, sources } from './sources.ts';

interface Kept {
  readonly json: Buffer;
  readonly hash: string;
  /** Made when it is first asked for. */
  readonly protobuf: () => Buffer;
}

type Encode = (document: JsonObject) => Buffer;

/** Undefined: another path. */
export type OpenApiHandler = (exchange: Exchange) => ApiResponse | Promise<ApiResponse> | undefined;

const JSON_TYPE = 'application/json';
const V2 = 'com.github.proto-openapi.spec.v2';
const V3 = 'com.github.proto-openapi.spec.v3';
const YEAR_MS = 365 * 24 * 3600 * 1000;

export function createOpenApi(registry: ResourceRegistry): OpenApiHandler {
  const documents = new Documents(registry);
  return exchange => {
    const { path } = exchange.info;
    if (path === '/openapi/v3') return indexAnswer(exchange, documents);
    if (path === '/openapi/v2') return v2Answer(exchange, documents);
    if (!path.startsWith('/openapi/v3/')) return undefined;
    return v3Answer(exchange, path.slice('/openapi/v3/'.length), documents);
  };
}

async function indexAnswer(exchange: Exchange, documents: Documents): Promise<ApiResponse> {
  return answer(exchange, await documents.index(exchange.core.clock), JSON_TYPE);
}

async function v2Answer(exchange: Exchange, documents: Documents): Promise<ApiResponse> {
  const form = formOf(exchange, V2);
  return form === undefined ? plain(406) : answer(exchange, await documents.v2(exchange.core.clock), form);
}

function v3Answer(exchange: Exchange, root: string, documents: Documents): ApiResponse {
  const document = documents.v3(root);
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
}

/** What is made of many documents lets others in between them: all at once would hold up the server. */
class Documents {
  #kept = new Map<string, Kept>();
  #kinds: readonly Resource[] | undefined;
  readonly #facts = new Map<'v2' | 'v3', Sources>();

  constructor(private readonly registry: ResourceRegistry) {}

  v3(root: string): Kept | undefined {
    const name = `v3/${root}`;
    const known = this.#current().get(name);
    if (known) return known;
    const paths = pathsOf(root, this.registry, this.#sources('v3'));
    // Not kept when there is none: a client may ask for names without end.
    if (!paths) return undefined;
    return this.#keep(
      name,
      keptOf(documentV3(paths, this.#sources('v3'), version.gitVersion), documentV3Protobuf),
    );
  }

  async index(clock: Clock): Promise<Kept> {
    return await this.#whole('index', clock, async slice => {
      const paths: Record<string, unknown> = {};
      for (const root of operationsByRoot(this.#sources('v3')).keys()) {
        const document = this.v3(root);
        if (document) paths[root] = { serverRelativeURL: urlOf(root, document) };
        await slice.turn();
      }
      return keptOf({ paths });
    });
  }

  async v2(clock: Clock): Promise<Kept> {
    return await this.#whole('v2', clock, async slice => {
      const groups: Paths[] = [];
      for (const root of operationsByRoot(this.#sources('v2')).keys()) {
        const paths = pathsOf(root, this.registry, this.#sources('v2'));
        if (paths) groups.push(paths);
        await slice.turn();
      }
      return keptOf(documentV2(groups, this.#sources('v2'), version.gitVersion), documentV2Protobuf);
    });
  }

  /** Made again as long as kinds come or go meanwhile. */
  async #whole(name: string, clock: Clock, make: (slice: TimeSlice) => Promise<Kept>): Promise<Kept> {
    for (;;) {
      const known = this.#current().get(name);
      if (known) return known;
      const kinds = this.registry.all();
      const made = await make(new TimeSlice(clock));
      if (kinds === this.registry.all()) return this.#keep(name, made);
    }
  }

  /** Kinds made at run time change the documents. */
  #current(): Map<string, Kept> {
    if (this.#kinds !== this.registry.all()) {
      this.#kinds = this.registry.all();
      this.#kept = new Map();
      this.#facts.clear();
    }
    return this.#kept;
  }

  /** The facts, and what custom resources add to them. */
  #sources(as: 'v2' | 'v3'): Sources {
    this.#current();
    const known = this.#facts.get(as) ?? withCustomResources(sources(), this.registry.all(), as);
    this.#facts.set(as, known);
    return known;
  }

  #keep(name: string, document: Kept): Kept {
    this.#current().set(name, document);
    return document;
  }
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
  kept: Kept,
  form: string,
  further: Readonly<Record<string, string>> = {},
): ApiResponse {
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
