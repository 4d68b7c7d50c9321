/**
 * Connections to backends: TCP, and TLS on it for https. Each request has one of its own: a kept one
 * may have been closed by the backend meanwhile, and requests with a body cannot be sent twice.
 *
 * Limits are upstream's: 30 s to connect, 10 s for the TLS handshake. An answer may take as long as
 * it likes, as proxy requests are long-running.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { StatusError } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Location } from './location.ts';

const DIAL_TIMEOUT_MS = 30_000;
const TLS_TIMEOUT_MS = 10_000;

/** Starts a TCP connection. */
export type Dial = (host: string, port: number) => Socket;

export const tcpDial: Dial = (host, port) => connectTcp({ host, port, noDelay: true });

export interface ConnectOptions {
  readonly dial: Dial;
  readonly clock: Clock;
  /** Aborted: the client has gone. */
  readonly signal: AbortSignal;
}

/** @throws StatusError 503 with the words of upstream's client */
export async function connectBackend(location: Location, options: ConnectOptions): Promise<Socket> {
  const { host, port } = location;
  const socket = options.dial(host, port);
  const where = `dial tcp ${host.includes(':') ? `[${host}]` : host}:${port}`;
  const timedOut = new Error(`${where}: i/o timeout`);
  await established(socket, 'connect', { ...options, timeoutMs: DIAL_TIMEOUT_MS, timedOut }, cause =>
    unreachable(`${where}: ${reason(cause)}`, cause),
  );
  if (location.scheme === 'http') return socket;
  const secure = connectTls({ socket, host, ...tlsOptions(location) });
  const tls = {
    ...options,
    timeoutMs: TLS_TIMEOUT_MS,
    timedOut: new Error('net/http: TLS handshake timeout'),
  };
  await established(secure, 'secureConnect', tls, cause => unreachable(cause.message, cause));
  return secure;
}

function tlsOptions({ tls }: Location) {
  if (!tls) return { rejectUnauthorized: false };
  return { ca: tls.ca, cert: tls.certificate, key: tls.key, rejectUnauthorized: true };
}

interface Wait {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly timedOut: Error;
}

function established(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { clock, signal, timeoutMs, timedOut }: Wait,
  failure: (cause: Error) => Error,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.schedule(timeoutMs, () => socket.destroy(timedOut));
    const onAbort = () => socket.destroy(new Error('context canceled'));
    const done = () => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      socket.off('close', onClose);
    };
    const onError = (cause: Error) => {
      done();
      // Nobody listens any more, and what comes late must not end the process.
      socket.on('error', () => {});
      reject(failure(cause));
    };
    const onClose = () => onError(new Error('EOF'));
    socket.on('error', onError);
    socket.on('close', onClose);
    socket.once(event, () => {
      done();
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ETIMEDOUT: 'connect: connection timed out',
  ENOTFOUND: 'no such host',
};

/** As Go says it: people search for these words. */
function reason(cause: Error): string {
  const text = REASONS[(cause as NodeJS.ErrnoException).code ?? ''];
  return text ?? cause.message.replace(/^dial tcp \S+: /, '');
}

/** 503, in the words of upstream's client. */
export function unreachable(message: string, cause: unknown): StatusError {
  return new StatusError({
    reason: 'ServiceUnavailable',
    message: `error trying to reach service: ${message}`,
    cause,
  });
}
