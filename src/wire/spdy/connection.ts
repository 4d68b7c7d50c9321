/**
 * A SPDY/3.1 connection over any duplex byte stream (a socket after its upgrade, or a WebSocket
 * that carries the bytes), in either role. Streams are node Duplexes: end() is a half-close (FIN),
 * destroy() a reset, which is what exec's stdin and port-forward need.
 *
 * Backpressure: a stream that is not read stops the whole connection's reading (SPDY without flow
 * control has one TCP window for all); a write waits for the transport.
 */
import { Duplex } from 'node:stream';
import {
  encodeData,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
  type Frame,
  FrameReader,
} from './frames.ts';
import { HeaderDecoder, HeaderEncoder, type Headers } from './header-block.ts';

/** Statuses of RST_STREAM. */
const PROTOCOL_ERROR = 1;
const CANCEL = 5;
/** Payload of one data frame; larger writes are cut. */
const CHUNK_BYTES = 32 * 1024;
/** Streams a peer may have open at once on one connection. */
const MAX_STREAMS = 1_000;

export interface SpdyConnectionOptions {
  readonly role: 'client' | 'server';
  /** A stream the peer opened; call its reply() or destroy it. */
  readonly onStream?: (stream: SpdyStream) => void;
}

export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #encoder = new HeaderEncoder();
  readonly #decoder = new HeaderDecoder();
  #nextId: number;
  #closed = false;
  #drain: Promise<void> | undefined;
  /** Resolves when the transport has ended, for whatever reason; never rejects. */
  readonly closed: Promise<void>;

  constructor(transport: Duplex, options: SpdyConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    this.closed = this.#read();
  }

  /** Opens a stream; `fin` says at once that we will send nothing on it. */
  createStream(headers: Headers, fin = false): SpdyStream {
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = new SpdyStream(this.#port(id), id, headers, fin);
    if (this.#closed) {
      stream.reset(new Error('Cannot open a stream: the connection is closed'));
      return stream;
    }
    this.#streams.set(id, stream);
    this.#send(encodeSynStream(id, this.#encoder.encode(headers), fin));
    return stream;
  }

  /** Says goodbye and ends the transport; open streams are destroyed. */
  close(): void {
    if (this.#closed) return;
    this.#send(encodeGoAway(0));
    this.#transport.end();
    this.#finish(undefined);
  }

  async #read(): Promise<void> {
    const reader = new FrameReader();
    try {
      for await (const chunk of this.#transport) {
        for (const frame of reader.push(chunk as Buffer)) await this.#handle(frame);
      }
      this.#finish(undefined);
    } catch (error) {
      this.#finish(error instanceof Error ? error : new Error(String(error)));
      this.#transport.destroy();
    }
  }

  async #handle(frame: Frame): Promise<void> {
    switch (frame.type) {
      case 'data': {
        const stream = this.#streams.get(frame.streamId);
        if (!stream) return;
        if (frame.payload.length > 0) await stream.receive(frame.payload);
        if (frame.fin) stream.receiveEnd();
        return;
      }
      case 'synStream':
        return this.#accept(frame.streamId, await this.#decoder.decode(frame.block), frame.fin);
      case 'synReply':
      case 'headers': {
        await this.#decoder.decode(frame.block);
        const stream = this.#streams.get(frame.streamId);
        stream?.replied();
        if (frame.fin) stream?.receiveEnd();
        return;
      }
      case 'rstStream': {
        const stream = this.#streams.get(frame.streamId);
        this.#streams.delete(frame.streamId);
        stream?.reset(new Error(`The peer reset the stream with status ${frame.status}`));
        return;
      }
      case 'ping':
        // Pings of our own have our parity; the peer's are answered with the same bytes, and a peer
        // that does not read the answers is not read either.
        if (frame.id % 2 !== this.#nextId % 2) this.#send(encodePing(frame.id));
        return this.#drained();
      case 'goAway':
      case 'ignored':
        return;
    }
  }

  #accept(id: number, headers: Headers, fin: boolean): void {
    const stream = new SpdyStream(this.#port(id), id, headers, false);
    if (this.#streams.size >= MAX_STREAMS || this.#streams.has(id) || !this.#options.onStream) {
      this.#send(encodeRstStream(id, PROTOCOL_ERROR));
      return;
    }
    this.#streams.set(id, stream);
    if (fin) stream.receiveEnd();
    this.#options.onStream(stream);
  }

  #port(id: number): StreamPort {
    return {
      data: (payload, fin) => this.#send(encodeData(id, payload, fin)),
      reply: () => this.#send(encodeSynReply(id, this.#encoder.encode({}))),
      cancel: () => {
        if (this.#streams.has(id)) this.#send(encodeRstStream(id, CANCEL));
      },
      gone: () => this.#streams.delete(id),
      drained: () => this.#drained(),
    };
  }

  #send(bytes: Buffer): void {
    if (!this.#closed && this.#transport.writable) this.#transport.write(bytes);
  }

  /** Resolves when the transport takes more; one wait serves all streams. */
  async #drained(): Promise<void> {
    if (!this.#transport.writableNeedDrain || this.#closed) return;
    this.#drain ??= new Promise<void>(resolve => {
      const done = () => {
        this.#transport.off('drain', done);
        this.#transport.off('close', done);
        this.#drain = undefined;
        resolve();
      };
      this.#transport.on('drain', done);
      this.#transport.on('close', done);
    });
    await this.#drain;
  }

  #finish(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder.close();
    for (const stream of this.#streams.values())
      stream.reset(error ?? new Error('The connection was closed'));
    this.#streams.clear();
  }
}

interface StreamPort {
  data(payload: Buffer, fin: boolean): void;
  reply(): void;
  cancel(): void;
  gone(): void;
  drained(): Promise<void>;
}

export class SpdyStream extends Duplex {
  readonly id: number;
  /** The headers it was opened with. */
  readonly headers: Headers;
  /** Resolves when the peer accepted a stream of ours; rejects when the stream ends before. */
  readonly accepted: Promise<void>;
  /**
   * A reset by the peer ends reading like a FIN instead of failing it: runtimes reset the output
   * streams of a command that could not start, and say why on the error stream.
   */
  resetEnds = false;
  readonly #port: StreamPort;
  #markAccepted: () => void = () => {};
  #markRefused: (error: Error) => void = () => {};
  /** Wakes who waits for room; a stream that is destroyed has room for everything. */
  #wanted: (() => void) | undefined;
  /** We have said that we send no more. */
  #ended = false;
  /** The peer has. */
  #remoteEnded = false;

  constructor(port: StreamPort, id: number, headers: Headers, fin: boolean) {
    super({ allowHalfOpen: true });
    this.#port = port;
    this.id = id;
    this.headers = headers;
    this.accepted = new Promise((resolve, reject) => {
      this.#markAccepted = resolve;
      this.#markRefused = reject;
    });
    this.accepted.catch(() => {});
    if (fin) {
      this.#ended = true;
      this.end();
    }
  }

  /** Accepts a stream the peer opened. */
  reply(): void {
    this.#port.reply();
  }

  replied(): void {
    this.#markAccepted();
  }

  /** Resolves when the reader has room again. What comes after the peer's end is dropped, as upstream does. */
  async receive(payload: Buffer): Promise<void> {
    if (this.destroyed || this.#remoteEnded) return;
    // Taking the bytes may have destroyed the stream already.
    if (this.push(payload) || this.destroyed) return;
    await new Promise<void>(resolve => {
      this.#wanted = resolve;
    });
  }

  receiveEnd(): void {
    this.#remoteEnded = true;
    if (!this.destroyed) this.push(null);
  }

  /** The other side is gone: an error only for those who still wait for something. */
  reset(error: Error): void {
    this.#markRefused(error);
    if (this.destroyed) return;
    if (this.resetEnds && !this.readableEnded) this.push(null);
    else if (this.readableEnded || this.listenerCount('error') === 0) this.destroy();
    else this.destroy(error);
  }

  override _read(): void {
    this.#wanted?.();
    this.#wanted = undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    for (let at = 0; at < chunk.length; at += CHUNK_BYTES)
      this.#port.data(chunk.subarray(at, at + CHUNK_BYTES), false);
    this.#port.drained().then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.#ended) this.#port.data(Buffer.alloc(0), true);
    this.#ended = true;
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#wanted?.();
    this.#markRefused(error ?? new Error('The stream was closed'));
    if (!this.readableEnded || !this.writableFinished) this.#port.cancel();
    this.#port.gone();
    callback(error);
  }
}
