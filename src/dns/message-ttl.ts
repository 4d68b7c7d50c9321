/**
 * Times to live inside a message that is otherwise passed on as it came: what a cache needs of
 * messages whose records it does not have to understand.
 */
import { endOfName } from './message.ts';

const TYPE_SOA = 6;
const TYPE_OPT = 41;
const HEADER_BYTES = 12;

/** The offsets of all TTL fields. @throws RangeError for a message that ends too early */
function ttlOffsets(bytes: Buffer): {
  readonly offsets: readonly number[];
  readonly soaMinimum: number | undefined;
} {
  let at = HEADER_BYTES;
  for (let i = bytes.readUInt16BE(4); i > 0; i--) at = endOfName(bytes, at) + 4;
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  const offsets: number[] = [];
  let soaMinimum: number | undefined;
  for (let i = 0; i < records; i++) {
    const head = endOfName(bytes, at);
    const type = bytes.readUInt16BE(head);
    const end = head + 10 + bytes.readUInt16BE(head + 8);
    if (end > bytes.length) throw new RangeError('Cannot read records: the message ends too early');
    // An OPT record has flags where others have their time to live.
    if (type !== TYPE_OPT) offsets.push(head + 4);
    if (type === TYPE_SOA) soaMinimum = bytes.readUInt32BE(end - 4);
    at = end;
  }
  return { offsets, soaMinimum };
}

/**
 * How long the message may be kept, in seconds: the least of its records' times; for a negative
 * answer also the zone's own limit (RFC 2308). 0: not at all.
 */
export function cacheableSeconds(bytes: Buffer): number {
  try {
    const rcode = bytes.readUInt16BE(2) & 0xf;
    const truncated = (bytes.readUInt16BE(2) & 0x0200) !== 0;
    if (truncated || (rcode !== 0 && rcode !== 3)) return 0;
    const { offsets, soaMinimum } = ttlOffsets(bytes);
    const negative = rcode === 3 || bytes.readUInt16BE(6) === 0;
    if (negative && soaMinimum === undefined) return 0;
    const ttls = offsets.map(offset => bytes.readUInt32BE(offset));
    if (negative && soaMinimum !== undefined) ttls.push(soaMinimum);
    return Math.min(...ttls);
  } catch {
    return 0;
  }
}

/** A copy of the message, older by `seconds`, that answers the query with another id and question. */
export function aged(bytes: Buffer, seconds: number, id: number, question: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(id, 0);
  // Upper and lower case of the question are the asker's own; the length is the same.
  question.copy(copy, HEADER_BYTES);
  for (const offset of ttlOffsets(copy).offsets) {
    copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(offset) - seconds), offset);
  }
  return copy;
}
