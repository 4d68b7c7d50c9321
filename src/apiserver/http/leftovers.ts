/** What is left of an exchange when its answer has been made: a body still coming, or bytes that nobody takes. */
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Clock } from '../../base/clock.ts';
import { bodyLength } from '../codec/body-length.ts';
import type { ApiResponse } from '../request.ts';
import type { HttpLimits } from './limits.ts';

/** Answers up to here fit into what the kernel holds for a client, or nearly. */
export const LONG_BYTES = 64 * 1024;

/** HTTP/1.1 requests have no stream of their own: their socket goes. */
export function cut(exchange: { readonly stream?: unknown; readonly socket?: unknown }): void {
  const stream = (exchange.stream ?? exchange.socket) as { destroy?(): void } | undefined | null;
  stream?.destroy?.();
}

/** A client that takes nothing more of a long answer is cut off, so that it holds neither memory nor seats. */
export function cutWhenStalled(response: Http2ServerResponse, stalledMs: number): void {
  response.setTimeout(stalledMs, () => cut(response));
  response.once('finish', () => response.setTimeout(0));
}

/**
 * Watches, logs and what comes through the proxy may be silent as long as they like, and wait for
 * their reader, as they hold no more than a buffer; what is whole from the beginning may not.
 */
export function isLong({ body }: ApiResponse): boolean {
  return (bodyLength(body) ?? 0) > LONG_BYTES;
}

/** A body nobody read would stop the next request of the connection; one without end would never let it come. */
export function drain(message: Http2ServerRequest, clock: Clock, limits: HttpLimits): void {
  if (message.readableEnded || message.destroyed) return;
  message.resume();
  // Nearly always there was none, or it has arrived.
  if (message.complete || message.stream?.endAfterHeaders) return;
  let left = limits.drainedBytes;
  const end = () => cut(message);
  const late = clock.schedule(limits.drainMs, end);
  message.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) end();
  });
  const over = () => late.cancel();
  message.once('end', over);
  message.once('close', over);
}
