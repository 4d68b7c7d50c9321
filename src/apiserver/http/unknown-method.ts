/**
 * Requests with a method that Node's HTTP/1.1 parser does not know. RFC 9110 lets a method be any
 * token, and upstream answers what it answers to every other method a path does not take; Node
 * gives up at the first line. What has arrived is read here: the head of one request, whose body
 * nobody wants, and after whose answer the connection ends.
 */
import { STATUS_CODES } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { clientCertificateOf, decodePath, parseQuery } from './request-adapter.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const NONE = Buffer.alloc(0);

/** Undefined: it is no request at all. */
export function readUnknownMethod(packet: Buffer | undefined, socket: TLSSocket): ApiRequest | undefined {
  const text = packet?.toString('latin1') ?? '';
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const [method = '', target = '', version = ''] = first.split(' ');
  const mark = target.indexOf('?');
  const path = decodePath(mark < 0 ? target : target.slice(0, mark));
  if (!TOKEN.test(method) || !path?.startsWith('/') || !/^HTTP\/1\.[01]$/.test(version)) return undefined;
  const headers = new Map(
    lines.map(line => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  return {
    method,
    path,
    query: parseQuery(mark < 0 ? '' : target.slice(mark + 1)),
    header: name => headers.get(name),
    headersLike: prefix => [...headers].filter(([name]) => name.startsWith(prefix)),
    body: () => Promise.resolve(NONE),
    signal: AbortSignal.abort(),
    clientCertificate: clientCertificateOf(socket),
    raw: () => ({
      target,
      headers: [...headers],
      host: headers.get('host') ?? '',
      body: undefined,
      remoteAddress: socket.remoteAddress,
    }),
  };
}

/** Whole answers only: no method that is unknown opens a stream. */
export function writeLastAnswer(
  socket: TLSSocket,
  { status, contentType, headers, body }: ApiResponse,
): void {
  const chunks = Buffer.isBuffer(body) ? [body] : Array.isArray(body) ? (body as readonly Buffer[]) : [];
  const bytes = Buffer.concat(chunks);
  const head = {
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
    'cache-control': 'no-cache, private',
    ...headers,
    'content-length': bytes.length,
    connection: 'close',
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n`),
      bytes,
    ]),
  );
}
