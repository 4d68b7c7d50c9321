/**
 * What is written where. Two B-tree writes a put is all it takes:
 *
 *   log    revision (8 bytes, big endian)  →  the write: type, previous and creating revision, key, value
 *   keys   key (UTF-8)                     →  its newest write: revision, creating revision, deleted?
 *   meta   name                            →  format, compacted, swept, owner
 *
 * A value is stored once, in the log. Reading the newest is keys, then log. Reading the past
 * follows `previous` from the newest write back to the first one that is old enough: as many
 * steps as the key was written since, which compaction bounds.
 *
 * Refused alternatives: the value in `keys` too (twice the bytes to write and sync), and an index
 * of (key, revision) as etcd keeps (a third B-tree write for each put, to make a rare read faster).
 */
import { type Revision, revision } from '../contract.ts';

export const FORMAT = 1;

/** One write. `value` is empty for a deletion, whose last value is that of `previous`. */
export interface LogRecord {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: Revision;
  /** The write to this key before this one, deletions included; 0: none that is still kept. */
  readonly previous: Revision;
}

export interface KeyState {
  readonly modRevision: Revision;
  readonly createRevision: Revision;
  readonly deleted: boolean;
}

/** Revisions take 6 bytes inside records: 2^48 writes are 280 years at 30,000 a second. */
const REVISION_BYTES = 6;
const LOG_HEADER_BYTES = 1 + 2 * REVISION_BYTES + 2;

export function encodeRevision(r: Revision): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeUInt16BE(0, 0);
  bytes.writeUIntBE(r, 2, REVISION_BYTES);
  return bytes;
}

export function decodeRevision(bytes: Uint8Array): Revision {
  return revision(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUIntBE(2, REVISION_BYTES));
}

export function encodeLogRecord(record: LogRecord): Buffer {
  const keyBytes = Buffer.byteLength(record.key);
  const bytes = Buffer.allocUnsafeSlow(LOG_HEADER_BYTES + keyBytes + record.value.length);
  bytes.writeUInt8(record.type === 'delete' ? 1 : 0, 0);
  bytes.writeUIntBE(record.previous, 1, REVISION_BYTES);
  bytes.writeUIntBE(record.createRevision, 1 + REVISION_BYTES, REVISION_BYTES);
  bytes.writeUInt16BE(keyBytes, LOG_HEADER_BYTES - 2);
  bytes.write(record.key, LOG_HEADER_BYTES);
  bytes.set(record.value, LOG_HEADER_BYTES + keyBytes);
  return bytes;
}

export function decodeLogRecord(bytes: Buffer): LogRecord {
  const keyEnd = LOG_HEADER_BYTES + bytes.readUInt16BE(LOG_HEADER_BYTES - 2);
  return {
    type: bytes.readUInt8(0) === 1 ? 'delete' : 'put',
    previous: revision(bytes.readUIntBE(1, REVISION_BYTES)),
    createRevision: revision(bytes.readUIntBE(1 + REVISION_BYTES, REVISION_BYTES)),
    key: bytes.toString('utf8', LOG_HEADER_BYTES, keyEnd),
    value: bytes.subarray(keyEnd),
  };
}

export function encodeKeyState(state: KeyState): Buffer {
  const bytes = Buffer.allocUnsafe(2 * REVISION_BYTES + 1);
  bytes.writeUIntBE(state.modRevision, 0, REVISION_BYTES);
  bytes.writeUIntBE(state.createRevision, REVISION_BYTES, REVISION_BYTES);
  bytes.writeUInt8(state.deleted ? 1 : 0, 2 * REVISION_BYTES);
  return bytes;
}

export function decodeKeyState(bytes: Buffer): KeyState {
  return {
    modRevision: revision(bytes.readUIntBE(0, REVISION_BYTES)),
    createRevision: revision(bytes.readUIntBE(REVISION_BYTES, REVISION_BYTES)),
    deleted: bytes.readUInt8(2 * REVISION_BYTES) === 1,
  };
}

/** The first bytes that come after every key with `prefix`; undefined: nothing does. */
export function prefixEnd(prefix: string): Buffer | undefined {
  if (prefix === '') return undefined;
  const end = Buffer.from(prefix);
  // UTF-8 has no byte 0xff, so adding one never carries.
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}
