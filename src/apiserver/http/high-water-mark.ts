/**
 * Node's HTTP/1.1 server pauses its parser when a request comes on a socket that has more to write than
 * the high-water mark (16 KiB). Where the client has read the whole answer already, and only the end of
 * the write is not known yet, the rest of the request meets the paused parser: HPE_PAUSED, and the
 * client is told 400 for a request that is good. With a mark above the largest piece that an answer is
 * written in, an answer that the client could have read is never beyond it. Found with Node 20.20; the
 * mark of TLS sockets can be set in no other way.
 */
import type { Socket } from 'node:net';

/** Above the pieces of 256 KiB in write-pieces.ts, each of which is waited for. */
const MARK_BYTES = 320 * 1024;

export function raiseHighWaterMark(socket: Socket): void {
  const { _writableState: state } = socket as Socket & {
    readonly _writableState?: { highWaterMark: number };
  };
  if (state) state.highWaterMark = MARK_BYTES;
}
