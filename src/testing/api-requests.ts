/** Requests to an API server without a socket, and their answers read: for tests of its stages. */
import { Readable } from 'node:stream';
import type { User } from '../apiserver/authn/user.ts';
import { MASTERS } from '../apiserver/authn/user.ts';
import { isPieced, joined } from '../apiserver/codec/list-body.ts';
import type { ApiRequest, ApiResponse, HeaderPair } from '../apiserver/request.ts';
import type { ApiServer } from '../apiserver/server.ts';

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: a cluster administrator. null: anonymous. */
  readonly user?: Pick<User, 'name' | 'groups'> | null;
  readonly signal?: AbortSignal;
}

/** As much of an answer's form as tests look into. */
export interface Json {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly metadata: {
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly details?: unknown;
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: unknown;
  readonly items?: readonly Json[];
  readonly rows?: readonly { readonly cells: readonly unknown[] }[];
  readonly columnDefinitions?: readonly { readonly name: string }[];
  readonly paths?: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly warnings: readonly string[];
  /** Several of one name are joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body as JSON. */
  readonly json: Json;
}

export async function call(
  server: ApiServer,
  method: string,
  target: string,
  options: CallOptions = {},
): Promise<Answer> {
  const response = await server.handle(apiRequest(method, target, options));
  const bytes = await bodyBytes(response, options.signal ?? new AbortController().signal);
  const text = bytes.toString();
  return {
    status: response.status,
    contentType: response.contentType,
    warnings: response.warnings ?? [],
    headers: Object.fromEntries(
      Object.entries(response.headers ?? {}).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    text,
    bytes,
    get json() {
      return JSON.parse(text) as Json;
    },
  };
}

export function apiRequest(method: string, target: string, options: CallOptions = {}): ApiRequest {
  const [path = '/', query = ''] = target.split('?');
  const { body, user } = options;
  const bytes =
    body === undefined
      ? Buffer.alloc(0)
      : Buffer.isBuffer(body)
        ? body
        : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const headers = options.headers ?? {};
  const administrator = { name: 'admin', groups: [MASTERS] };
  const who = user === undefined ? administrator : user;
  return {
    method,
    path: decodeURIComponent(path),
    query: new URLSearchParams(query),
    header: name => headers[name],
    headersLike: prefix =>
      Object.entries(headers)
        .map(([name, value]): HeaderPair => [name.toLowerCase(), value])
        .filter(([name]) => name.startsWith(prefix)),
    body: () => Promise.resolve(bytes),
    signal: options.signal ?? new AbortController().signal,
    raw: () => ({
      target,
      headers: Object.entries(headers),
      host: 'peapod.test',
      body: bytes.length > 0 ? Readable.from([bytes]) : undefined,
      remoteAddress: '192.0.2.7',
    }),
    clientCertificate: who ? { commonName: who.name, organizations: who.groups } : undefined,
  };
}

async function bodyBytes({ body }: ApiResponse, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (typeof body === 'function')
    await body({
      write: chunk => void chunks.push(chunk),
      pendingBytes: () => 0,
      drained: async () => {},
      signal,
    });
  else if (Buffer.isBuffer(body)) chunks.push(body);
  else if (isPieced(body)) chunks.push(joined(body));
  else for await (const chunk of body) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks);
}
