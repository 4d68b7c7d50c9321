/** The wire format of protocol buffers, reading: tags, varints, lengths (protobuf.dev, "Encoding"). */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

export class ProtobufReader {
  private at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  tag(): { readonly field: number; readonly wireType: number } {
    const value = Number(this.varint());
    return { field: value >>> 3, wireType: value & 7 };
  }

  /** Unsigned, up to 64 bits. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new ProtobufError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('proto: integer overflow');
  }

  signed(): number {
    return Number(BigInt.asIntN(64, this.varint()));
  }

  double(): number {
    return this.take(8).readDoubleLE(0);
  }

  /** A view of the bytes, not a copy. */
  lengthDelimited(): Buffer {
    return this.take(Number(this.varint()));
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.lengthDelimited();
    else if (wireType === 5) this.take(4);
    else throw new ProtobufError(`proto: illegal wireType ${wireType}`);
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new ProtobufError('unexpected EOF');
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }
}
