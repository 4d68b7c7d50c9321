/**
 * DNS messages (RFC 1035, RFC 6891): reads queries, writes responses.
 *
 * Reading is left to dns-packet. Writing is ours, because dns-packet does not compress names: a
 * headless service with eight pods would not fit into 512 bytes, and resolvers as old as musl 1.2.3
 * do not come back over TCP.
 */
import { decode } from 'dns-packet';
import type { DnsRecord, Question } from './record.ts';
import { RecordWriter, TYPE } from './record-writer.ts';

const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
export type Rcode = keyof typeof RCODE;

const HEADER_BYTES = 12;
const OPT_BYTES = 11;
/** The most that travels over UDP without being cut to pieces (DNS flag day 2020). */
const MAX_UDP_BYTES = 1_232;
const PLAIN_UDP_BYTES = 512;
const MAX_TCP_BYTES = 65_535;

const FLAG_RESPONSE = 0x8000;
const FLAG_AUTHORITATIVE = 0x0400;
const FLAG_TRUNCATED = 0x0200;
const FLAG_RECURSION_DESIRED = 0x0100;
const FLAG_RECURSION_AVAILABLE = 0x0080;
const FLAG_CHECKING_DISABLED = 0x0010;

export interface Query {
  readonly id: number;
  /** Those that a response repeats: recursion desired, checking disabled, the opcode. */
  readonly flags: number;
  readonly question: Question;
  /** IN, CH, …; ANY. */
  readonly questionClass: string;
  /** The question as it came, to be repeated to the letter. */
  readonly questionBytes: Buffer;
  readonly edns:
    | { readonly payloadBytes: number; readonly dnssecOk: boolean; readonly version: number }
    | undefined;
}

/** A message that is no query this server answers; undefined: one that gets no answer at all. */
export interface Malformed {
  readonly id: number;
  readonly flags: number;
  readonly rcode: Rcode;
}

/** @returns undefined for what gets no answer at all: no DNS header, or itself an answer */
export function readQuery(bytes: Buffer): Query | Malformed | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const id = bytes.readUInt16BE(0);
  const received = bytes.readUInt16BE(2);
  // Answering responses would let two servers talk to each other for ever.
  if ((received & FLAG_RESPONSE) !== 0) return undefined;
  const flags = received & (0x7800 | FLAG_RECURSION_DESIRED | FLAG_CHECKING_DISABLED);
  if ((received & 0x7800) !== 0) return { id, flags, rcode: 'NOTIMP' };
  if (bytes.readUInt16BE(4) !== 1) return { id, flags, rcode: 'FORMERR' };
  try {
    const { questions, additionals } = decode(bytes);
    const [question] = questions ?? [];
    if (!question) return { id, flags, rcode: 'FORMERR' };
    const opt = additionals?.find(record => record.type === 'OPT');
    return {
      id,
      flags,
      question: { name: question.name, type: question.type },
      questionClass: question.class ?? 'IN',
      questionBytes: bytes.subarray(HEADER_BYTES, endOfName(bytes, HEADER_BYTES) + 4),
      edns:
        opt?.type === 'OPT'
          ? { payloadBytes: opt.udpPayloadSize, dnssecOk: opt.flag_do, version: opt.ednsVersion }
          : undefined,
    };
  } catch {
    return { id, flags, rcode: 'FORMERR' };
  }
}

/** How long a response to the query may be over UDP. */
export const udpLimit = (query: Query): number =>
  Math.min(MAX_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, query.edns?.payloadBytes ?? 0));
export const tcpLimit = MAX_TCP_BYTES;

/** The offset after the name at `offset`. @throws RangeError at the end of the message */
export function endOfName(bytes: Buffer, offset: number): number {
  let at = offset;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length === 0) return at + 1;
    if ((length & 0xc0) === 0xc0) return at + 2;
    at += length + 1;
  }
}

/** A response without question: all that can be said to a message that could not be read. */
export function writeMalformed({ id, flags, rcode }: Malformed): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt16BE(FLAG_RESPONSE | flags | RCODE[rcode], 2);
  return bytes;
}

export interface Response {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers?: readonly DnsRecord[];
  readonly authorities?: readonly DnsRecord[];
  /** Left out silently where there is no room. */
  readonly additionals?: readonly DnsRecord[];
}

/** @throws RangeError when a name has a label that is empty or longer than 63 bytes */
export function writeResponse(query: Query, response: Response, maxBytes: number): Buffer {
  const limit = maxBytes - (query.edns ? OPT_BYTES : 0);
  const writer = new RecordWriter(query.questionBytes, limit);
  const answers = writer.records(response.answers ?? []);
  const authorities = writer.records(response.authorities ?? []);
  const truncated =
    answers < (response.answers ?? []).length || authorities < (response.authorities ?? []).length;
  const additionals = truncated ? 0 : writer.records(response.additionals ?? []);
  const badVersion = query.edns !== undefined && query.edns.version > 0;
  const body = query.edns ? Buffer.concat([writer.bytes(), opt(badVersion)]) : writer.bytes();
  const flags =
    FLAG_RESPONSE |
    FLAG_RECURSION_AVAILABLE |
    query.flags |
    (response.authoritative ? FLAG_AUTHORITATIVE : 0) |
    (truncated ? FLAG_TRUNCATED : 0) |
    (badVersion ? 0 : RCODE[response.rcode]);
  const counts = [1, answers, authorities, additionals + (query.edns ? 1 : 0)];
  [query.id, flags, ...counts].forEach((value, i) => body.writeUInt16BE(value, i * 2));
  return body;
}

/** Our side of EDNS: version 0, no options. `badVersion`: the extended code BADVERS (16). */
function opt(badVersion: boolean): Buffer {
  const bytes = Buffer.alloc(OPT_BYTES);
  bytes.writeUInt16BE(TYPE.OPT, 1);
  bytes.writeUInt16BE(MAX_UDP_BYTES, 3);
  bytes.writeUInt8(badVersion ? 1 : 0, 5);
  return bytes;
}
