/**
 * SPDY/3.1 frames, as far as Kubernetes' streaming uses them (draft-mbelshe-httpbis-spdy-00 with
 * version 3): SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY, HEADERS and data. SETTINGS and
 * WINDOW_UPDATE are read and ignored: upstream's implementation has no flow control either, it
 * relies on TCP's.
 *
 * Pure: bytes in, frames out. Header blocks stay compressed here (header-block.ts).
 */

export const FLAG_FIN = 0x01;

const CONTROL = 0x8003;
/** A frame's payload is at most 2^24 - 1 bytes by its length field; this bounds what one peer may make us hold. */
export const MAX_FRAME_BYTES = 1 << 20;

export const TYPE = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export type Frame =
  | { readonly type: 'data'; readonly streamId: number; readonly fin: boolean; readonly payload: Buffer }
  | { readonly type: 'synStream'; readonly streamId: number; readonly fin: boolean; readonly block: Buffer }
  | {
      readonly type: 'synReply' | 'headers';
      readonly streamId: number;
      readonly fin: boolean;
      readonly block: Buffer;
    }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number }
  | { readonly type: 'ignored' };

export class SpdyProtocolError extends Error {
  override readonly name = 'SpdyProtocolError';
}

/** Cuts a byte stream into frames; keeps the unfinished rest between calls. */
export class FrameReader {
  #pending: Buffer[] = [];
  #length = 0;

  /** @throws SpdyProtocolError for what is not SPDY/3.1, or a frame above MAX_FRAME_BYTES. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#pending.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 8) {
      const head = this.#peek();
      const length = head.readUIntBE(5, 3);
      if (length > MAX_FRAME_BYTES)
        throw new SpdyProtocolError(
          `Cannot read a frame of ${length} bytes: at most ${MAX_FRAME_BYTES} are allowed`,
        );
      if (this.#length < 8 + length) return;
      const all = this.#joined();
      this.#pending = all.length > 8 + length ? [all.subarray(8 + length)] : [];
      this.#length -= 8 + length;
      yield decode(all.subarray(0, 8), all.subarray(8, 8 + length));
    }
  }

  /** At least the eight bytes of a frame's head. */
  #peek(): Buffer {
    const first = this.#pending[0];
    if (first && first.length >= 8) return first;
    const all = this.#joined();
    this.#pending = [all];
    return all;
  }

  /** Not copied where it is in one piece: a chunk may hold thousands of small frames. */
  #joined(): Buffer {
    const [first] = this.#pending;
    return first && this.#pending.length === 1 ? first : Buffer.concat(this.#pending);
  }
}

function decode(head: Buffer, payload: Buffer): Frame {
  const fin = (head.readUInt8(4) & FLAG_FIN) !== 0;
  if ((head.readUInt8(0) & 0x80) === 0) return { type: 'data', streamId: head.readUInt32BE(0), fin, payload };
  if (head.readUInt16BE(0) !== CONTROL) {
    throw new SpdyProtocolError(
      `Cannot speak SPDY version ${head.readUInt16BE(0) & 0x7fff}: only 3 is understood`,
    );
  }
  const need = (bytes: number) => {
    if (payload.length < bytes)
      throw new SpdyProtocolError(
        `Cannot read a control frame of ${payload.length} bytes: it needs ${bytes}`,
      );
  };
  const id = () => payload.readUInt32BE(0) & 0x7fffffff;
  switch (head.readUInt16BE(2)) {
    case TYPE.synStream:
      need(10);
      return { type: 'synStream', streamId: id(), fin, block: payload.subarray(10) };
    case TYPE.synReply:
      need(4);
      return { type: 'synReply', streamId: id(), fin, block: payload.subarray(4) };
    case TYPE.headers:
      need(4);
      return { type: 'headers', streamId: id(), fin, block: payload.subarray(4) };
    case TYPE.rstStream:
      need(8);
      return { type: 'rstStream', streamId: id(), status: payload.readUInt32BE(4) };
    case TYPE.ping:
      need(4);
      return { type: 'ping', id: payload.readUInt32BE(0) };
    case TYPE.goAway:
      need(4);
      return { type: 'goAway', lastStreamId: id() };
    default:
      return { type: 'ignored' };
  }
}

export function encodeData(streamId: number, payload: Buffer, fin: boolean): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt8(fin ? FLAG_FIN : 0, 4);
  head.writeUIntBE(payload.length, 5, 3);
  return payload.length === 0 ? head : Buffer.concat([head, payload]);
}

export function encodeSynStream(streamId: number, block: Buffer, fin: boolean): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt32BE(streamId, 0);
  return control(TYPE.synStream, fin, fixed, block);
}

export function encodeSynReply(streamId: number, block: Buffer): Buffer {
  return control(TYPE.synReply, false, word(streamId), block);
}

/** Status 5 is CANCEL, 1 PROTOCOL_ERROR, 3 REFUSED_STREAM. */
export function encodeRstStream(streamId: number, status: number): Buffer {
  return control(TYPE.rstStream, false, word(streamId), word(status));
}

export function encodePing(id: number): Buffer {
  return control(TYPE.ping, false, word(id));
}

export function encodeGoAway(lastStreamId: number): Buffer {
  return control(TYPE.goAway, false, word(lastStreamId), word(0));
}

function word(n: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32BE(n, 0);
  return b;
}

function control(type: number, fin: boolean, ...parts: Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(CONTROL, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt8(fin ? FLAG_FIN : 0, 4);
  head.writeUIntBE(
    parts.reduce((n, p) => n + p.length, 0),
    5,
    3,
  );
  return Buffer.concat([head, ...parts]);
}
