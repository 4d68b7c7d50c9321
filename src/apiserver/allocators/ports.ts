/** A range of numbers to give out: ports, or the offsets of addresses. Pure but for `random`. */
import type { Random } from '../../base/random.ts';

const RANDOM_TRIES = 16;

/**
 * A free number in [first, last], both included, at random, so that one just released is not given
 * out at once; in the upper part while it has room, since people pick low ones by hand (KEP-3070).
 * Undefined: all are taken.
 */
export function pickFree(
  first: number,
  last: number,
  isTaken: (n: number) => boolean,
  random: Random,
): number | undefined {
  const size = last - first + 1;
  const reserved = Math.min(Math.max(16, Math.floor(size / 16)), 256, size - 1);
  const from = first + reserved;
  for (let i = 0; i < RANDOM_TRIES; i++) {
    const n = from + Math.floor(random.next() * (last - from + 1));
    if (!isTaken(n)) return n;
  }
  for (let n = from; n <= last; n++) if (!isTaken(n)) return n;
  for (let n = first; n < from; n++) if (!isTaken(n)) return n;
  return undefined;
}
