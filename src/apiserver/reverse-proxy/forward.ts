/** Ordinary proxy requests: handed on as they come, answered as the backend answers, both streamed. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { type ApiRequest, type ApiResponse, EMPTY } from '../request.ts';
import { askBackend } from './backend-request.ts';
import type { ConnectOptions } from './connect.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import type { Location } from './location.ts';
import type { ProxyPath } from './proxy-path.ts';
import { HtmlRewriter } from './rewrite-html.ts';
import { type LinkContext, rewriteLink } from './rewrite-link.ts';

export type ForwardOptions = Omit<ConnectOptions, 'signal'>;

/** @throws StatusError 503 */
export async function forward(
  request: ApiRequest,
  location: Location,
  path: ProxyPath,
  options: ForwardOptions,
): Promise<ApiResponse> {
  // Links in a page are relative to a path that ends in a slash.
  if (path.path === '' && (request.method === 'GET' || request.method === 'HEAD')) return toSlash(path);
  const raw = request.raw();
  const { message } = await askBackend(
    location,
    {
      method: request.method,
      target: `${path.path || '/'}${path.query}`,
      headers: requestHeaders(raw, path),
      body: raw.body,
    },
    { ...options, signal: request.signal },
  );
  return answer(message, request.method, { prefix: path.prefix, ownHosts: ownHosts(location, raw.host) });
}

function toSlash({ prefix, query }: ProxyPath): ApiResponse {
  return { status: 301, contentType: undefined, headers: { location: `${prefix}/${query}` }, body: EMPTY };
}

/** As a URL may name it. */
function ownHosts({ host, port }: Location, requested: string): string[] {
  const address = host.includes(':') ? `[${host}]` : host;
  return [address, `${address}:${port}`, requested];
}

function answer(message: IncomingMessage, method: string, links: LinkContext): ApiResponse {
  const { 'content-type': contentType, ...headers } = responseHeaders(message.rawHeaders);
  const { location } = message.headers;
  const status = message.statusCode ?? 502;
  const response = { status, contentType: contentType?.toString(), headers, body: message };
  if (location) return { ...response, headers: { ...headers, location: rewriteLink(location, links) } };
  // Of a part of a page one cannot tell where its tags begin.
  if (!isHtml(message) || status === 206) return response;
  const rewritten = rewrite(message, method === 'HEAD', link => rewriteLink(link, links));
  if (!rewritten) return response;
  const { 'content-length': _, 'content-encoding': __, ...kept } = headers;
  return { ...response, headers: kept, body: rewritten };
}

function isHtml({ headers }: IncomingMessage): boolean {
  return (headers['content-type'] ?? '').split(';')[0]?.trim() === 'text/html';
}

/** Undefined: an encoding that is not understood, which passes as it is. */
function rewrite(
  message: IncomingMessage,
  withoutBody: boolean,
  link: (link: string) => string,
): Readable | undefined {
  const encoding = message.headers['content-encoding']?.toLowerCase() ?? '';
  const decode = DECODERS[encoding];
  if (!decode && encoding !== '') return undefined;
  if (withoutBody) return message;
  const rewriter = new HtmlRewriter(link);
  // An error reaches whoever reads the rewriter.
  const ended = () => {};
  if (decode) pipeline(message, decode(), rewriter, ended);
  else pipeline(message, rewriter, ended);
  return rewriter;
}

/** The client gets the page without the encoding: compressing it again is not worth its time. */
const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createUnzip,
  'x-gzip': createUnzip,
  deflate: createUnzip,
  br: createBrotliDecompress,
};
