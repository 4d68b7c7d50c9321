/**
 * One DNS client over TCP (RFC 7766): messages with two bytes of length in front, several at a
 * time if it likes, answered as they are ready. A client that is silent, or does not read what it
 * is sent, is let go.
 */
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';

export interface SessionOptions {
  readonly clock: Clock;
  /** undefined: no answer. */
  readonly answer: (message: Buffer) => Promise<Buffer | undefined>;
}

const IDLE_MS = 10_000;
const MAX_UNDER_WAY = 32;
/** Answers waiting for a client that does not read. */
const MAX_UNSENT_BYTES = 256 * 1024;

/**
 * Answers each message on the connection, several at once, until it ends, fails or is idle for too
 * long.
 */
export function serveTcp(socket: Socket, { clock, answer }: SessionOptions): void {
  let received: Buffer = Buffer.alloc(0);
  let underWay = 0;
  let timer: Timer | undefined;
  const touch = () => {
    timer?.cancel();
    timer = clock.schedule(IDLE_MS, () => socket.destroy());
  };

  const take = () => {
    while (underWay < MAX_UNDER_WAY && received.length >= 2) {
      const end = 2 + received.readUInt16BE(0);
      if (received.length < end) break;
      const message = received.subarray(2, end);
      received = received.subarray(end);
      underWay++;
      void answer(message).then(
        response => {
          underWay--;
          if (socket.destroyed) return;
          if (!response) return socket.destroy();
          const length = Buffer.alloc(2);
          length.writeUInt16BE(response.length);
          socket.write(Buffer.concat([length, response]));
          if (socket.writableLength > MAX_UNSENT_BYTES) return socket.destroy();
          take();
        },
        () => socket.destroy(),
      );
    }
    if (underWay >= MAX_UNDER_WAY) socket.pause();
    else socket.resume();
  };

  touch();
  socket.on('data', chunk => {
    touch();
    received = Buffer.concat([received, chunk]);
    take();
  });
  // Broken connections are the client's affair.
  socket.on('error', () => {});
  socket.on('close', () => timer?.cancel());
}
