/**
 * The wire format of protocol buffers, writing (protobuf.dev, "Encoding"), from the end of a buffer
 * to its start: when a length is due, what it counts has been written, so that nothing is measured
 * first or moved later. A field's value goes in before its tag, the last field before the first.
 */
const START_BYTES = 16 * 1024;
/** One huge object must not keep its memory for ever. */
const KEPT_BYTES = 1024 * 1024;
/** Below this a loop in JavaScript beats the call into Node. */
const SHORT_STRING = 64;

/** Writes a value in front of what has been written, without tag; null is the type's zero. */
export type ValueWriter = (value: unknown, writer: ProtobufWriter) => void;

export class ProtobufWriter {
  private buffer = Buffer.allocUnsafeSlow(START_BYTES);
  /** Where the first byte written so far is. */
  private at = START_BYTES;

  /** What has been written since; grows downwards. */
  get length(): number {
    return this.buffer.length - this.at;
  }

  /** What has been written, as a copy in memory of its own; the writer is empty again. */
  take(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.length);
    this.buffer.copy(bytes, 0, this.at);
    this.reset();
    return bytes;
  }

  /** Drops what has been written. */
  reset(): void {
    if (this.buffer.length > KEPT_BYTES) this.buffer = Buffer.allocUnsafeSlow(START_BYTES);
    this.at = this.buffer.length;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    if (value < 0x80) {
      if (this.at < 1) this.grow(1);
      this.buffer[--this.at] = value;
      return;
    }
    const size = varintSize(value);
    if (this.at < size) this.grow(size);
    this.at -= size;
    writeVarint(this.buffer, this.at, value);
  }

  /** int32 and int64: negative numbers are ten bytes long. */
  signed(value: number): void {
    if (value >= 0) {
      this.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    if (this.at < 10) this.grow(10);
    this.at -= 10;
    for (let i = 0; i < 9; i++, rest >>= 7n) this.buffer[this.at + i] = Number(rest & 0x7fn) | 0x80;
    this.buffer[this.at + 9] = Number(rest);
  }

  double(value: number): void {
    if (this.at < 8) this.grow(8);
    this.at -= 8;
    this.buffer.writeDoubleLE(value, this.at);
  }

  /** The string and its length. */
  string(text: string): void {
    const size = text.length;
    if (size <= SHORT_STRING && this.ascii(text, size)) return;
    const bytes = Buffer.byteLength(text);
    if (this.at < bytes) this.grow(bytes);
    this.at -= bytes;
    this.buffer.write(text, this.at, bytes, 'utf8');
    this.varint(bytes);
  }

  /** The bytes and their length. */
  bytes(bytes: Uint8Array): void {
    if (this.at < bytes.length) this.grow(bytes.length);
    this.at -= bytes.length;
    this.buffer.set(bytes, this.at);
    this.varint(bytes.length);
  }

  /** False: there are other characters; nothing has been written. */
  private ascii(text: string, size: number): boolean {
    if (this.at < size) this.grow(size);
    const start = this.at - size;
    for (let i = 0; i < size; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      this.buffer[start + i] = code;
    }
    this.at = start;
    this.varint(size);
    return true;
  }

  private grow(needed: number): void {
    const used = this.length;
    const next = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, used + needed));
    this.buffer.copy(next, next.length - used, this.at);
    this.at = next.length - used;
    this.buffer = next;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Forwards, from `at`; gives where the next byte stands. */
export function writeVarint(buffer: Buffer, at: number, value: number): number {
  let [rest, next] = [value, at];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[next++] = (rest % 0x80) | 0x80;
  buffer[next++] = rest;
  return next;
}
