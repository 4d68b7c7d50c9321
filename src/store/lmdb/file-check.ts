/**
 * Looks at the head of a store file before LMDB maps it. LMDB trusts its file: one that is not
 * LMDB's, or was cut short, ends the process by a signal instead of an error. (Other damage is
 * found when it is read.)
 *
 * Layout of the two meta pages at the start, as lmdb 3.5 writes them (data version 2), little
 * endian: magic at 24, version at 28, page size at 48, last page at 144, transaction at 152.
 */

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 160;

/** How much of the file has to be read: both meta pages, of the largest page size there is. */
export const HEAD_BYTES = 64 * 1024 + META_BYTES;

/**
 * Pages at the end that were taken and given back in one transaction are never written, so a
 * sound file may be a few pages short.
 */
const UNWRITTEN_PAGES = 64;

/**
 * What is wrong with the file, or undefined.
 * @param head the first HEAD_BYTES of the file, or all of it
 * @param sizeBytes of the whole file; 0 is a new store
 */
export function findDamage(head: Buffer, sizeBytes: number): string | undefined {
  if (sizeBytes === 0) return undefined;
  if (head.length < META_BYTES || head.readUInt32LE(24) !== MAGIC) return 'it is not a store';
  // Another version of the layout: LMDB itself says whether it can read it.
  if (head.readUInt32LE(28) !== DATA_VERSION) return undefined;
  const pageBytes = head.readUInt32LE(48);
  if (head.length < pageBytes + META_BYTES) return 'it is damaged: its end is missing';
  if (head.readUInt32LE(pageBytes + 24) !== MAGIC) return 'it is damaged: its second page is not LMDB’s';
  const newest = head.readBigUInt64LE(152) > head.readBigUInt64LE(pageBytes + 152) ? 0 : pageBytes;
  const pages = Number(head.readBigUInt64LE(newest + 144)) + 1;
  const missing = pages - sizeBytes / pageBytes;
  return missing > UNWRITTEN_PAGES || sizeBytes % pageBytes !== 0
    ? `it is damaged: its end is missing (it has ${sizeBytes} of ${pages * pageBytes} bytes)`
    : undefined;
}
