/**
 * Name/value header blocks of SPDY/3: 32-bit counts and lengths, compressed with one zlib stream
 * for each direction of a connection.
 *
 * We send stored (uncompressed) deflate blocks: a handful of short headers a connection are not
 * worth a compressor's 256 KB of state. Each block ends with an empty stored block, the sync
 * marker, at which the peer's inflater hands out what it has. Reading needs the real inflater and
 * the protocol's dictionary.
 */
import { constants, createInflate, type Inflate } from 'node:zlib';
import { DICTIONARY } from './dictionary.ts';
import { SpdyProtocolError } from './frames.ts';

export type Headers = Readonly<Record<string, string>>;

/** What a block may grow to; Kubernetes' streams have four short headers. */
const MAX_BLOCK_BYTES = 64 * 1024;
const SYNC_MARKER = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

export class HeaderEncoder {
  #started = false;

  encode(headers: Headers): Buffer {
    const plain = serialise(headers);
    if (plain.length > 0xffff)
      throw new SpdyProtocolError(`Cannot send ${plain.length} bytes of headers: at most 65535 fit`);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(plain.length, 1);
    stored.writeUInt16LE(~plain.length & 0xffff, 3);
    const zlibHeader = this.#started ? [] : [Buffer.from([0x78, 0x01])];
    this.#started = true;
    return Buffer.concat([...zlibHeader, stored, plain, SYNC_MARKER]);
  }
}

export class HeaderDecoder {
  readonly #inflate: Inflate = createInflate({ dictionary: DICTIONARY, finishFlush: constants.Z_SYNC_FLUSH });
  #out: Buffer[] = [];
  #length = 0;
  #failed: Error | undefined;

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#length += chunk.length;
      if (this.#length <= MAX_BLOCK_BYTES) this.#out.push(chunk);
    });
    this.#inflate.on('error', error => {
      this.#failed = error;
    });
  }

  /** Blocks must be given in the order they came, one after the other. @throws SpdyProtocolError */
  async decode(block: Buffer): Promise<Headers> {
    this.#out = [];
    this.#length = 0;
    await new Promise<void>((resolve, reject) => {
      if (this.#failed)
        return reject(new SpdyProtocolError(`Cannot inflate headers: ${this.#failed.message}`));
      const onError = (error: Error) =>
        reject(new SpdyProtocolError(`Cannot inflate headers: ${error.message}`));
      this.#inflate.once('error', onError);
      this.#inflate.write(block, () => {
        this.#inflate.off('error', onError);
        resolve();
      });
    });
    // The data events of a write come before its callback, or in the same turn.
    await new Promise<void>(resolve => setImmediate(resolve));
    if (this.#length > MAX_BLOCK_BYTES)
      throw new SpdyProtocolError(`Cannot read more than ${MAX_BLOCK_BYTES} bytes of headers`);
    return parse(Buffer.concat(this.#out));
  }

  close(): void {
    this.#inflate.destroy();
  }
}

function serialise(headers: Headers): Buffer {
  const parts: Buffer[] = [];
  const word = (n: number) => {
    const b = Buffer.alloc(4);
    b.writeUInt32BE(n, 0);
    parts.push(b);
  };
  const entries = Object.entries(headers);
  word(entries.length);
  for (const [name, value] of entries) {
    for (const text of [name.toLowerCase(), value]) {
      const bytes = Buffer.from(text);
      word(bytes.length);
      parts.push(bytes);
    }
  }
  return Buffer.concat(parts);
}

/** Names come in lower case; several values of one name are separated by NUL, the first counts. */
function parse(plain: Buffer): Headers {
  let at = 0;
  const word = (): number => {
    if (at + 4 > plain.length) throw new SpdyProtocolError('Cannot read headers: the block ends early');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = word();
    if (at + length > plain.length)
      throw new SpdyProtocolError('Cannot read headers: a length goes beyond the block');
    at += length;
    return plain.toString('utf8', at - length, at);
  };
  const out: Record<string, string> = {};
  for (let n = word(); n > 0; n--) {
    const name = text().toLowerCase();
    out[name] = text().split('\0')[0] ?? '';
  }
  return out;
}
