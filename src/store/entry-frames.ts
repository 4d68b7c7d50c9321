/**
 * Entries as bytes, one after the other, for files and between processes:
 *
 *   <create revision> <modification revision> <bytes of key> <bytes of value>\n<key><value>\n
 *
 * Numbers are decimal, keys UTF-8.
 */
import { type Entry, revision } from './contract.ts';

const NEWLINE = Buffer.from('\n');

/** In pieces: values are not copied. */
export function frameEntry({ key, value, createRevision, modRevision }: Entry): readonly Buffer[] {
  const name = Buffer.from(key);
  const head = Buffer.from(`${createRevision} ${modRevision} ${name.length} ${value.length}\n`);
  return [head, name, value, NEWLINE];
}

/** Of bytes that are known to be whole frames. Values are views of `bytes`. */
export function readFrames(bytes: Buffer): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf('\n', at);
    const [createRevision = 0, modRevision = 0, keyBytes = 0, valueBytes = 0] = bytes
      .toString('latin1', at, newline)
      .split(' ')
      .map(Number);
    const valueAt = newline + 1 + keyBytes;
    entries.push({
      key: bytes.toString('utf8', newline + 1, valueAt),
      value: bytes.subarray(valueAt, valueAt + valueBytes),
      createRevision: revision(createRevision),
      modRevision: revision(modRevision),
    });
    at = valueAt + valueBytes + 1;
  }
  return entries;
}
