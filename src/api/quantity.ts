/**
 * Quantities (apimachinery api/resource): exact decimal numbers with a binary (Ki…Ei), decimal
 * (n…E) or exponent (e3) suffix. Held as an integer times ten to a power, so that nothing is
 * rounded but what upstream rounds: fractions finer than a billionth go up (away from zero).
 *
 * On the wire a quantity is its canonical string: no fraction where a smaller suffix avoids it,
 * no superfluous zeros, format kept. Values beyond ±(2⁶³−1) saturate, as upstream's do.
 */
import { LruMap } from '../base/lru-map.ts';

export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent';

export interface Quantity {
  /** The number is `digits` × 10^`exponent`. */
  readonly digits: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** The text of upstream's three parse errors. */
export const QUANTITY_FORMAT_ERROR =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
export const QUANTITY_SUFFIX_ERROR = "unable to parse quantity's suffix";
export const QUANTITY_NUMBER_ERROR = 'unable to parse numeric part of quantity';

export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, power]) => [power, suffix]));
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const MAX = 2n ** 63n - 1n;
const NANO = -9;

const pow10 = (n: number) => 10n ** BigInt(n);

/** Pods of one application ask for the same amounts: each is read once. */
const read = new LruMap<string, Quantity>(1024);

/** Reads a quantity. Throws QuantityError with upstream's text. */
export function parseQuantity(text: string): Quantity {
  let quantity = read.get(text);
  if (quantity === undefined) {
    quantity = Object.freeze(readQuantity(text));
    read.set(text, quantity);
  }
  return quantity;
}

function readQuantity(text: string): Quantity {
  if (text === '') throw new QuantityError(QUANTITY_FORMAT_ERROR);
  const match = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(.*)$/s.exec(text);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  // The suffix as upstream cuts it: letters, then an optional sign, then digits, and nothing more.
  if (!match || !/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix)) throw new QuantityError(QUANTITY_FORMAT_ERROR);
  let digits = BigInt(whole + fraction || '0');
  let exponent = -fraction.length;
  let format: QuantityFormat;
  const binary = BINARY[suffix];
  const decimal = DECIMAL[suffix];
  const power = /^[eE]([-+]?[0-9]+)$/.exec(suffix);
  if (binary !== undefined) {
    digits <<= BigInt(binary);
    format = 'BinarySI';
  } else if (decimal !== undefined) {
    exponent += decimal;
    format = 'DecimalSI';
  } else if (power) {
    const n = Number(power[1]);
    // Far exponents would only make huge integers that saturate or vanish below.
    exponent += Math.max(-1000, Math.min(1000, n));
    format = 'DecimalExponent';
  } else {
    throw new QuantityError(QUANTITY_SUFFIX_ERROR);
  }
  if (whole === '' && fraction === '') throw new QuantityError(QUANTITY_NUMBER_ERROR);
  if (sign === '-') digits = -digits;
  return cap(normalise({ digits, exponent, format }));
}

/** Rounds up below a billionth, and strips zeros that the exponent can carry. */
function normalise(q: Quantity): Quantity {
  let { digits, exponent } = q;
  if (exponent < NANO) {
    digits = divideUp(digits, pow10(NANO - exponent));
    exponent = NANO;
  }
  if (digits === 0n) return { digits: 0n, exponent: 0, format: q.format };
  while (digits % 10n === 0n) {
    digits /= 10n;
    exponent++;
  }
  return { digits, exponent, format: q.format };
}

function cap(q: Quantity): Quantity {
  if (q.exponent <= 0) {
    const limit = MAX * pow10(-q.exponent);
    if (q.digits > limit) return { digits: MAX, exponent: 0, format: q.format };
    if (q.digits < -limit) return { digits: -MAX, exponent: 0, format: q.format };
    return q;
  }
  const value = q.exponent > 40 ? (q.digits < 0n ? -MAX - 1n : MAX + 1n) : q.digits * pow10(q.exponent);
  if (value > MAX) return { digits: MAX, exponent: 0, format: q.format };
  if (value < -MAX) return { digits: -MAX, exponent: 0, format: q.format };
  return q;
}

/** Division rounding away from zero. */
function divideUp(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  if (a % b === 0n) return quotient;
  return a < 0n ? quotient - 1n : quotient + 1n;
}

/** The canonical form, as it is stored and shown. */
export function formatQuantity(q: Quantity): string {
  if (q.digits === 0n) return '0';
  if (q.format === 'BinarySI') {
    const one = scaled(q, 0);
    // Below 1024, or with a fraction, binary quantities are written as decimal ones.
    if (one !== undefined && (one >= 1024n || one <= -1024n)) return formatBinary(one);
    return formatDecimal(q, '');
  }
  return formatDecimal(q, q.format === 'DecimalExponent' ? 'e' : '');
}

/** The value in units of 10^scale, when it is whole. */
function scaled(q: Quantity, scale: number): bigint | undefined {
  const shift = q.exponent - scale;
  if (shift >= 0) return q.digits * pow10(shift);
  const divisor = pow10(-shift);
  return q.digits % divisor === 0n ? q.digits / divisor : undefined;
}

function formatBinary(value: bigint): string {
  let rest = value;
  let suffix = '';
  for (const next of Object.keys(BINARY)) {
    if (rest % 1024n !== 0n) break;
    rest /= 1024n;
    suffix = next;
  }
  return `${rest}${suffix}`;
}

function formatDecimal(q: Quantity, exponentMark: '' | 'e'): string {
  // The largest multiple of three not above the exponent; suffixes end at E.
  const power = Math.min(Math.floor(q.exponent / 3) * 3, exponentMark ? Number.MAX_SAFE_INTEGER : 18);
  const mantissa = q.digits * pow10(q.exponent - power);
  if (exponentMark) return power === 0 ? `${mantissa}` : `${mantissa}e${power}`;
  return `${mantissa}${DECIMAL_SUFFIX.get(power) ?? ''}`;
}

/** Reads and writes: the canonical form of `text`. */
export function canonicalQuantity(text: string): string {
  // The common shapes are canonical already: whole numbers, m, Ki/Mi/Gi without superfluous zeros.
  if (/^[1-9][0-9]{0,2}(m|k|M|G|Mi|Gi|Ki)?$/.test(text)) {
    return text.endsWith('i') || !text.endsWith('0') ? text : canonicalSlow(text);
  }
  return canonicalSlow(text);
}

function canonicalSlow(text: string): string {
  return formatQuantity(parseQuantity(text));
}

/** Whole units, fractions rounded up (upstream's Value): bytes, cores. */
export function quantityValue(q: Quantity | string): bigint {
  return scaledValue(q, 0);
}

/** Thousandths, finer fractions rounded up (upstream's MilliValue): millicores. */
export function quantityMilliValue(q: Quantity | string): bigint {
  return scaledValue(q, -3);
}

/** The value in units of 10^scale, rounded up (away from zero). */
export function scaledValue(q: Quantity | string, scale: number): bigint {
  const { digits, exponent } = typeof q === 'string' ? parseQuantity(q) : q;
  const shift = exponent - scale;
  return shift >= 0 ? digits * pow10(shift) : divideUp(digits, pow10(-shift));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareQuantities(a: Quantity | string, b: Quantity | string): number {
  const [x, y] = aligned(a, b);
  return x < y ? -1 : x > y ? 1 : 0;
}

/** The sum, in the format of `a` (of `b` where `a` is zero). */
export function addQuantities(a: Quantity | string, b: Quantity | string): Quantity {
  return combine(a, b, (x, y) => x + y);
}

export function subtractQuantities(a: Quantity | string, b: Quantity | string): Quantity {
  return combine(a, b, (x, y) => x - y);
}

function combine(
  a: Quantity | string,
  b: Quantity | string,
  operation: (x: bigint, y: bigint) => bigint,
): Quantity {
  const p = typeof a === 'string' ? parseQuantity(a) : a;
  const q = typeof b === 'string' ? parseQuantity(b) : b;
  const [x, y, exponent] = aligned(p, q);
  return cap(normalise({ digits: operation(x, y), exponent, format: p.digits === 0n ? q.format : p.format }));
}

function aligned(a: Quantity | string, b: Quantity | string): [bigint, bigint, number] {
  const p = typeof a === 'string' ? parseQuantity(a) : a;
  const q = typeof b === 'string' ? parseQuantity(b) : b;
  const exponent = Math.min(p.exponent, q.exponent);
  return [p.digits * pow10(p.exponent - exponent), q.digits * pow10(q.exponent - exponent), exponent];
}

/** Makes a quantity of a whole number of units of 10^scale (bytes: 0, millicores: −3). */
export function quantityOf(
  value: bigint | number,
  format: QuantityFormat = 'DecimalSI',
  scale = 0,
): Quantity {
  return cap(normalise({ digits: BigInt(value), exponent: scale, format }));
}
