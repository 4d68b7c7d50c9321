/** From the least to the most: sizes and costs, as cel-go counts them, in 64 bits that do not overflow. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export const LIMIT = 2n ** 64n - 1n;
export const UNKNOWN: Range = { min: 0n, max: LIMIT };

export const fixed = (n: bigint | number): Range => ({ min: BigInt(n), max: BigInt(n) });
export const ZERO = fixed(0);
export const ONE = fixed(1);

const capped = (n: bigint) => (n > LIMIT ? LIMIT : n);

export const add = (...ranges: readonly Range[]): Range =>
  ranges.reduce((a, b) => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) }), ZERO);

export const multiply = (a: Range, b: Range): Range => ({
  min: capped(a.min * b.min),
  max: capped(a.max * b.max),
});

/** Both. */
export const union = (a: Range, b: Range): Range => ({
  min: a.min < b.min ? a.min : b.min,
  max: a.max > b.max ? a.max : b.max,
});

/** `factor` per unit, rounded up. */
export const scale = ({ min, max }: Range, factor: number): Range => ({
  min: scaled(min, factor),
  max: scaled(max, factor),
});

function scaled(n: bigint, factor: number): bigint {
  const result = Math.ceil(Number(n) * factor);
  return result >= 2 ** 64 ? LIMIT : BigInt(result);
}
