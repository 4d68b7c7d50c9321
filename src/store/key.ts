/**
 * Keys: their limits and their order. The order is bytewise over UTF-8, which all backends can
 * keep; JavaScript's `<` compares UTF-16 units and differs above U+FFFF, hence compareKeys.
 */

/**
 * The longest key in UTF-8 bytes. Kubernetes needs about 650 (group, plural, namespace and name
 * at their longest); LMDB takes 1,978.
 */
export const MAX_KEY_BYTES = 1024;

/** @throws RangeError for an empty or too long key, or one no UTF-8 can carry. */
export function checkKey(key: string): void {
  // A UTF-16 unit is at most three bytes of UTF-8, so short keys need no counting.
  if (key === '' || (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES)) {
    throw new RangeError(
      `Cannot write key ${JSON.stringify(key.slice(0, 64))}: keys have 1 to ${MAX_KEY_BYTES} bytes`,
    );
  }
  if (LONE_SURROGATE.test(key)) {
    throw new RangeError(`Cannot write key ${JSON.stringify(key)}: it is not well-formed Unicode`);
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Below 0, 0 or above 0, as the UTF-8 bytes of `a` and `b` compare. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return utf8Rank(x) - utf8Rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all other units, though their numbers are in between. */
const utf8Rank = (unit: number) => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);

/** The index of the first key in `sorted` that is not before `key` (or, with `after`, that is after it). */
export function lowerBound(sorted: readonly string[], key: string, after = false): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareKeys(sorted[middle] as string, key);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}
