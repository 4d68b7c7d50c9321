/**
 * Many watches of one resource over TLS, reading as little of each event as they can: when it was
 * written (an annotation with the sender's time), so that the delivery can be timed.
 */
import { connect, type TLSSocket } from 'node:tls';
import { requestBytes, type Target } from './raw-client.ts';

const STAMP = Buffer.from('"bench/sent":"');

export class Watchers {
  readonly latenciesMs: number[] = [];
  #lastAtMs = 0;
  readonly #sockets: TLSSocket[] = [];

  async open(target: Target, count: number, path: string): Promise<void> {
    const request = requestBytes('GET', path);
    for (let i = 0; i < count; i++) {
      await new Promise<void>((resolve, reject) => {
        const { host, port, cert, key } = target;
        const socket = connect({
          host,
          port,
          ALPNProtocols: ['http/1.1'],
          rejectUnauthorized: false,
          ...(cert ? { cert } : {}),
          ...(key ? { key } : {}),
        });
        socket.once('error', reject);
        socket.once('secureConnect', () => socket.write(request));
        // The head of the answer means that the watch stands.
        socket.once('data', () => {
          socket.on('data', (chunk: Buffer) => this.#take(chunk));
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

  #take(chunk: Buffer): void {
    this.#lastAtMs = performance.now();
    const now = performance.timeOrigin + performance.now();
    for (let at = chunk.indexOf(STAMP); at >= 0; at = chunk.indexOf(STAMP, at + 1)) {
      const sent = Number(chunk.toString('latin1', at + STAMP.length, at + STAMP.length + 17));
      if (sent > 0) this.latenciesMs.push(now - sent);
    }
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
