/**
 * A load generator's HTTP/1.1 client over TLS: requests are bytes made once, answers are counted and
 * dropped. Node's own client would take as much CPU as the server that is measured.
 */
import { connect, type TLSSocket } from 'node:tls';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface Answer {
  readonly status: number;
  readonly bodyBytes: number;
}

const HEADER_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/** A connection that speaks HTTP/1.1. Certificates are not checked: that is not what is measured. */
export function connectTo({ host, port, ca, cert, key }: Target): TLSSocket {
  return connect({
    host,
    port,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: false,
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
  });
}

/** One keep-alive connection; one request at a time. */
export class RawConnection {
  readonly #socket: TLSSocket;
  #pending: Buffer = Buffer.alloc(0);
  #resolve: ((answer: Answer) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #head: { status: number; length: number | undefined } | undefined;
  #seen = 0;
  #tail: Buffer = Buffer.alloc(0);

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    const fail = (error: Error) => this.#reject?.(error);
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The server closed the connection')));
  }

  static open(target: Target): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connectTo(target);
      socket.setNoDelay(true);
      socket.once('secureConnect', () => resolve(new RawConnection(socket)));
      socket.once('error', reject);
    });
  }

  send(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (!this.#head) {
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
      const end = this.#pending.indexOf(HEADER_END);
      if (end < 0) return;
      const head = this.#pending.toString('latin1', 0, end);
      const length = /\r\ncontent-length: *(\d+)/i.exec(head);
      this.#head = { status: Number(head.slice(9, 12)), length: length ? Number(length[1]) : undefined };
      chunk = this.#pending.subarray(end + 4);
      this.#pending = Buffer.alloc(0);
      this.#seen = 0;
      this.#tail = Buffer.alloc(0);
    }
    this.#seen += chunk.length;
    const { status, length } = this.#head;
    if (length === undefined) {
      this.#tail = chunk.length >= 5 ? chunk.subarray(-5) : Buffer.concat([this.#tail, chunk]).subarray(-5);
      if (!this.#tail.equals(LAST_CHUNK)) return;
    } else if (this.#seen < length) {
      return;
    }
    this.#head = undefined;
    const done = this.#resolve;
    this.#resolve = undefined;
    done?.({ status, bodyBytes: this.#seen });
  }
}

export function requestBytes(
  method: string,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1'];
  for (const [k, v] of Object.entries({ Accept: 'application/json', ...headers })) lines.push(`${k}: ${v}`);
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly bytesPerSecond: number;
}

/**
 * Sends `request(i)` over `connections` at once until `count` are done or `maxSeconds` have passed.
 * @throws Error for an answer that is not 2xx
 */
export async function load(options: {
  readonly target: Target;
  readonly connections: number;
  readonly count: number;
  readonly maxSeconds: number;
  readonly request: (i: number) => Buffer;
}): Promise<LoadResult> {
  const open = await Promise.all(
    Array.from({ length: options.connections }, () => RawConnection.open(options.target)),
  );
  const latencies: number[] = [];
  let next = 0;
  let bytes = 0;
  const start = performance.now();
  const until = start + options.maxSeconds * 1000;
  await Promise.all(
    open.map(async connection => {
      while (next < options.count && performance.now() < until) {
        const sent = performance.now();
        const answer = await connection.send(options.request(next++));
        if (answer.status < 200 || answer.status > 299)
          throw new Error(`The server answered ${answer.status}`);
        latencies.push(performance.now() - sent);
        bytes += answer.bodyBytes;
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const connection of open) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return {
    perSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    bytesPerSecond: bytes / seconds,
  };
}
