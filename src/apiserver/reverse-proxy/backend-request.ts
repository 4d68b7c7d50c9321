/** One HTTP/1.1 request on a connection of its own. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { HeaderPair } from '../request.ts';
import { type ConnectOptions, connectBackend, unreachable } from './connect.ts';
import type { Location } from './location.ts';

const MAX_HEADER_BYTES = 1024 * 1024;

export interface BackendRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly HeaderPair[];
  readonly body: Readable | undefined;
}

export interface BackendAnswer {
  readonly message: IncomingMessage;
  /** The connection, where the backend has left HTTP on it (101), and what it sent right after. */
  readonly upgraded?: { readonly socket: Duplex; readonly head: Buffer };
}

/** Resolves when the answer's header is there. Aborting ends the connection. @throws StatusError 503 */
export async function askBackend(
  location: Location,
  request: BackendRequest,
  options: ConnectOptions,
): Promise<BackendAnswer> {
  const socket = await connectBackend(location, options);
  const { signal } = options;
  const { method, target, headers, body } = request;
  return await new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      createConnection: () => socket,
      method,
      path: target,
      headers: headers.flat(),
      setHost: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const onAbort = () => outgoing.destroy(new Error('context canceled'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    outgoing.on('close', () => signal.removeEventListener('abort', onAbort));
    outgoing.on('response', message => resolve({ message }));
    outgoing.on('upgrade', (message, upgradedSocket, head) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ message, upgraded: { socket: upgradedSocket, head } });
    });
    outgoing.on('error', cause => reject(unreachable(reason(cause), cause)));
    // Not `pipeline`: a backend that answers early must not take the client's connection with it.
    if (body) {
      outgoing.flushHeaders();
      body.pipe(outgoing);
      outgoing.on('close', () => body.unpipe(outgoing).resume());
    } else outgoing.end();
  });
}

function reason(cause: Error): string {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNRESET')
    return cause.message === 'socket hang up' ? 'EOF' : 'read: connection reset by peer';
  if (code === 'EPIPE') return 'write: broken pipe';
  return cause.message;
}
