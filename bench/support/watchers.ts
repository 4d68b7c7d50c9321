/**
 * Many watches of one resource over TLS, reading as little of each event as they can: when it was
 * written (an annotation with the sender's time), so that the delivery can be timed.
 */
import type { TLSSocket } from 'node:tls';
import { connectTo, requestBytes, type Target } from './raw-client.ts';

const STAMP = Buffer.from('"bench/sent":"');
/** Milliseconds since 1970 with three decimals, as api-watch.bench.ts writes them. */
const TIME_LENGTH = 17;

export class Watchers {
  readonly latenciesMs: number[] = [];
  #lastAtMs = 0;
  readonly #sockets: TLSSocket[] = [];

  async open(target: Target, count: number, path: string): Promise<void> {
    const request = requestBytes('GET', path);
    for (let i = 0; i < count; i++) {
      await new Promise<void>((resolve, reject) => {
        const socket = connectTo(target);
        socket.once('error', reject);
        socket.once('secureConnect', () => socket.write(request));
        // The head of the answer means that the watch stands.
        socket.once('data', () => {
          let rest: Buffer = Buffer.alloc(0);
          socket.on('data', (chunk: Buffer) => {
            rest = this.#take(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
          });
          resolve();
        });
        this.#sockets.push(socket);
      });
    }
  }

  /** Resolves when nothing has come for a second: the first state of all of them has been read. */
  async quiet(): Promise<void> {
    do await new Promise(resolve => setTimeout(resolve, 250));
    while (performance.now() - this.#lastAtMs < 1_000);
  }

  /** @returns what may be the beginning of a stamp, to be read with what follows it */
  #take(bytes: Buffer): Buffer {
    this.#lastAtMs = performance.now();
    const now = performance.timeOrigin + performance.now();
    let seen = 0;
    for (let at = bytes.indexOf(STAMP); at >= 0; at = bytes.indexOf(STAMP, seen)) {
      const end = at + STAMP.length + TIME_LENGTH;
      if (end > bytes.length) return bytes.subarray(at);
      const sent = Number(bytes.toString('latin1', at + STAMP.length, end));
      if (sent > 0) this.latenciesMs.push(now - sent);
      seen = end;
    }
    return bytes.subarray(Math.max(seen, bytes.length - STAMP.length + 1));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
