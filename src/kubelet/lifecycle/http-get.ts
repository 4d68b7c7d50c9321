/** One GET as probes and hooks make it: no keep-alive, certificates not checked, limits on all. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../../base/clock.ts';
import type { HttpTarget } from './handler.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** Bytes of the body that are read (upstream's limit). */
const MAX_BODY = 10 * 1024;

/** @throws with the words upstream has for it: refused, timed out. */
export function httpGet(
  target: HttpTarget,
  options: { readonly userAgent: string; readonly timeoutMs: number; readonly clock: Clock },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const url = new URL(target.url);
    const make = target.isHttps ? httpsRequest : httpRequest;
    const request = make(url, {
      agent: false,
      rejectUnauthorized: false,
      headers: { 'User-Agent': options.userAgent, Accept: '*/*', Connection: 'close', ...target.headers },
    });
    const fail = (why: string) => {
      timer.cancel();
      request.destroy();
      reject(new Error(`Get "${target.url}": ${why}`));
    };
    const timer = options.clock.schedule(options.timeoutMs, () =>
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)'),
    );
    request.on('error', error =>
      fail(networkError(error, `${url.hostname}:${url.port || (target.isHttps ? 443 : 80)}`)),
    );
    request.on('response', response => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        if (body.length < MAX_BODY) body += chunk.toString('utf8', 0, MAX_BODY - body.length);
      });
      const done = () => {
        timer.cancel();
        request.destroy();
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body });
      };
      response.on('end', done);
      response.on('error', done);
    });
    request.end();
  });
}

/** Node's network errors in Go's words, which people search for. */
export function networkError(error: Error, address: string): string {
  if (error.message.includes('wrong version number')) {
    return 'http: server gave HTTP response to HTTPS client';
  }
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${address}: connect: network is unreachable`;
    case 'ECONNRESET':
      return `read tcp ${address}: read: connection reset by peer`;
    case 'ETIMEDOUT':
      return `dial tcp ${address}: i/o timeout`;
    default:
      return error.message;
  }
}
