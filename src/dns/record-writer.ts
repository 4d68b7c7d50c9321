/**
 * Records on the wire, with names compressed (RFC 1035, section 4.1.4): a name, or its end, that
 * was written before is pointed to.
 */
import { isIPv4 } from 'node:net';
import type { DnsRecord } from './record.ts';

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41 } as const;
const CLASS_IN = 1;
const HEADER_BYTES = 12;
const FIRST_SIZE_BYTES = 512;
/** Where a compression pointer can point to: it has 14 bits. */
const MAX_POINTER = 0x3fff;

/** Writes records behind header and question, as long as they fit. The header is left to the caller. */
export class RecordWriter {
  #buffer: Buffer;
  #length: number;
  readonly #limit: number;
  /** Where a name, or the end of one, stands already. */
  readonly #offsets = new Map<string, number>();

  constructor(question: Buffer, limit: number) {
    this.#buffer = Buffer.alloc(FIRST_SIZE_BYTES + question.length);
    this.#limit = limit;
    question.copy(this.#buffer, HEADER_BYTES);
    this.#length = HEADER_BYTES + question.length;
    const labels: [offset: number, label: string][] = [];
    for (let at = 0, length = question[0] ?? 0; length > 0 && length < 64; length = question[at] ?? 0) {
      labels.push([HEADER_BYTES + at, question.toString('utf8', at + 1, at + 1 + length)]);
      at += length + 1;
    }
    labels.forEach(([offset], i) => {
      const rest = labels.slice(i).map(([, label]) => label);
      this.#offsets.set(rest.join('.'), offset);
    });
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** How many of the records were written. */
  records(records: readonly DnsRecord[]): number {
    let written = 0;
    for (const record of records) {
      const before = this.#length;
      this.#record(record);
      if (this.#length > this.#limit) {
        this.#length = before;
        for (const [name, offset] of this.#offsets) if (offset >= before) this.#offsets.delete(name);
        break;
      }
      written++;
    }
    return written;
  }

  #record(record: DnsRecord): void {
    this.#name(record.name);
    this.#uint16(TYPE[record.type]);
    this.#uint16(CLASS_IN);
    this.#uint32(record.ttl);
    const lengthAt = this.#length;
    this.#uint16(0);
    this.#data(record);
    this.#buffer.writeUInt16BE(this.#length - lengthAt - 2, lengthAt);
  }

  #data(record: DnsRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        return this.#append(addressBytes(record.address));
      case 'CNAME':
      case 'NS':
      case 'PTR':
        return this.#name(record.target);
      case 'SRV':
        for (const value of [record.priority, record.weight, record.port]) this.#uint16(value);
        // RFC 2782: not compressed.
        return this.#name(record.target, false);
      case 'TXT': {
        const text = Buffer.from(record.text).subarray(0, 255);
        return this.#append(Buffer.concat([Buffer.from([text.length]), text]));
      }
      case 'SOA': {
        this.#name(record.mname);
        this.#name(record.rname);
        const { serial, refresh, retry, expire, minimum } = record;
        for (const value of [serial, refresh, retry, expire, minimum]) this.#uint32(value);
      }
    }
  }

  #name(name: string, compress = true): void {
    const labels = name === '' ? [] : name.split('.');
    for (let i = 0; i < labels.length; i++) {
      const rest = labels.slice(i).join('.');
      const known = compress ? this.#offsets.get(rest) : undefined;
      if (known !== undefined) return this.#uint16(0xc000 | known);
      if (this.#length <= MAX_POINTER && !this.#offsets.has(rest)) this.#offsets.set(rest, this.#length);
      const label = Buffer.from(labels[i] ?? '');
      if (label.length === 0 || label.length > 63) {
        throw new RangeError(`Cannot write the name "${name}": labels have 1 to 63 bytes`);
      }
      this.#append(Buffer.concat([Buffer.from([label.length]), label]));
    }
    this.#append(Buffer.alloc(1));
  }

  #uint16(value: number): void {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(value);
    this.#append(bytes);
  }

  #uint32(value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    this.#append(bytes);
  }

  #append(bytes: Buffer): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(this.#buffer.length + bytes.length)]);
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length += bytes.length;
  }
}

/** Four or sixteen bytes. */
function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // An address may end in dotted form (::ffff:192.0.2.1): its canonical form does not.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, i) =>
    bytes.writeUInt16BE(Number.parseInt(group, 16), i * 2),
  );
  return bytes;
}
