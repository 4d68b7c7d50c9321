/**
 * Randomness, injected like the clock. A test passes a seeded generator and can play a failing
 * run again from its seed.
 */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

/** mulberry32: small, fast and good enough for tests; the seed is any 32-bit integer. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    },
  };
}

/** Upstream's alphabet for generated names: no vowels and no look-alikes, so no words appear. */
export const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A random name suffix of `length` characters (upstream uses 5). */
export function nameSuffix(random: Random, length = 5): string {
  let out = '';
  for (let i = 0; i < length; i++) out += NAME_ALPHABET[Math.floor(random.next() * NAME_ALPHABET.length)];
  return out;
}
