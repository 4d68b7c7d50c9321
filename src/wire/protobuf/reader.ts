/** The wire format of protocol buffers, reading: tags, varints, lengths (protobuf.dev, "Encoding"). */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** More bits than this may not fit a number: they are read again as BigInt. */
const NUMBER_BITS = 49;

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
    const value = this.unsigned();
    const wireType = value % 8;
    const field = (value - wireType) / 8;
    if (wireType > 5) throw new ProtobufError(`proto: illegal wireType ${wireType}`);
    if (field === 0) throw new ProtobufError(`proto: illegal tag ${field} (wire type ${wireType})`);
    return { field, wireType };
  }

  /** Of int32 and int64, as two's complement of 64 bits; beyond 2^53 the nearest number. */
  signed(): number {
    const start = this.at;
    const value = this.unsigned();
    if (this.at - start < 10) return value;
    this.at = start;
    return Number(BigInt.asIntN(64, this.big()));
  }

  double(): number {
    return this.take(8).readDoubleLE(0);
  }

  /** A view of the bytes, not a copy. */
  lengthDelimited(): Buffer {
    return this.take(this.unsigned());
  }

  skip(wireType: number): void {
    if (wireType === 0) this.unsigned();
    else if (wireType === 1) this.take(8);
    else if (wireType === 2) this.lengthDelimited();
    else if (wireType === 5) this.take(4);
    else throw new ProtobufError(`proto: illegal wireType ${wireType}`);
  }

  /** Beyond 2^53 the nearest number. */
  private unsigned(): number {
    const start = this.at;
    let value = 0;
    let scale = 1;
    for (let bits = 0; bits < NUMBER_BITS; bits += 7, scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new ProtobufError('unexpected EOF');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.at = start;
    return Number(this.big());
  }

  private big(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new ProtobufError('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('proto: integer overflow');
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new ProtobufError('unexpected EOF');
    const view = this.bytes.subarray(this.at, end);
    this.at = end;
    return view;
  }
}
