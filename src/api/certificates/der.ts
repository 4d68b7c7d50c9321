/** As much of DER as certificate requests are made of, with the errors of Go's encoding/asn1. */
export interface DerValue {
  readonly tag: number;
  /** With the tag and the length before it. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

export class DerError extends Error {}

export const SEQUENCE = 0x30;
export const SET = 0x31;
const CONSTRUCTED = 0x20;
const TAG_NUMBER = 0x1f;
const LONG_FORM = 0x80;
const LENGTH_BYTES_MAX = 4;
const NO_OPTIONS =
  '{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}';

/** The first value of `bytes`; `wanted`: the tag that it must have, and Go's name of the type. */
export function readDer(bytes: Buffer, wanted?: { readonly tag: number; readonly name: string }): DerValue {
  if (bytes.length === 0) throw new DerError('asn1: syntax error: sequence truncated');
  const [tag = 0, first] = bytes;
  if (first === undefined) throw new DerError('asn1: syntax error: truncated tag or length');
  const extra = first & LONG_FORM ? first & (LONG_FORM - 1) : 0;
  if (first === LONG_FORM) throw new DerError('asn1: structure error: indefinite length found (not DER)');
  if (extra > LENGTH_BYTES_MAX) throw new DerError('asn1: structure error: length too large');
  const start = 2 + extra;
  if (bytes.length < start) throw new DerError('asn1: syntax error: truncated tag or length');
  const length = extra === 0 ? first : bytes.readUIntBE(2, extra);
  if (wanted && tag !== wanted.tag) {
    const found = `{class:${tag >> 6} tag:${tag & TAG_NUMBER} length:${length} isCompound:${(tag & CONSTRUCTED) !== 0}}`;
    const expected = `${wanted.tag & TAG_NUMBER} vs ${found}`;
    throw new DerError(
      `asn1: structure error: tags don't match (${expected}) ${NO_OPTIONS} ${wanted.name} @${start}`,
    );
  }
  if (bytes.length < start + length) throw new DerError('asn1: syntax error: data truncated');
  return {
    tag,
    whole: bytes.subarray(0, start + length),
    content: bytes.subarray(start, start + length),
  };
}

export function readAll(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const value = readDer(rest);
    values.push(value);
    rest = rest.subarray(value.whole.length);
  }
  return values;
}

/** The values in one, which must be of this kind. */
export function inside(value: DerValue | undefined, tag = SEQUENCE): DerValue[] {
  if (value?.tag !== tag) throw new DerError("asn1: structure error: tags don't match");
  return readAll(value.content);
}
