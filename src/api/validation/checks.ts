/** Checks of single fields that many kinds share, in upstream's words. */
import { type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { dnsLabel, dnsSubdomain, qualifiedName } from '../meta/names.ts';

export const IMMUTABLE = 'field is immutable';

type Check = (value: string) => readonly string[];

/** One error a message of `check`. */
export function checked(path: string, value: string, check: Check): FieldError[] {
  return check(value).map(message => invalidValue(path, value, message));
}

export const checkDnsLabel = (path: string, value: string): FieldError[] => checked(path, value, dnsLabel);
export const checkDnsSubdomain = (path: string, value: string): FieldError[] =>
  checked(path, value, v => dnsSubdomain(v));
export const checkQualifiedName = (path: string, value: string): FieldError[] =>
  checked(path, value, qualifiedName);

export function nonNegative(path: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0
    ? [invalidValue(path, value, 'must be greater than or equal to 0')]
    : [];
}

export function positive(path: string, value: number | undefined): FieldError[] {
  return value !== undefined && value <= 0 ? [invalidValue(path, value, 'must be greater than zero')] : [];
}

export function inRange(path: string, value: number, low: number, high: number): FieldError[] {
  return value >= low && value <= high
    ? []
    : [invalidValue(path, value, `must be between ${low} and ${high}, inclusive`)];
}

/** One of `supported` (printed in that order); a missing value is required. */
export function enumeration(
  path: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  if (!value) return [required(path)];
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** The same where leaving it out is fine. */
export function optionalEnumeration(
  path: string,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

export function immutable(path: string, next: unknown, old: unknown, shown: unknown = next): FieldError[] {
  return semanticEqual(next, old) ? [] : [invalidValue(path, shown, IMMUTABLE)];
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

/**
 * Equal in meaning: missing, null and an empty list are the same (apimachinery
 * `equality.Semantic`); an empty struct is not a missing one. Objects are decoded, so empty maps
 * are gone and quantities have one spelling.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => semanticEqual(item, b[i]));
  }
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].every(key => semanticEqual(x[key], y[key]));
}

/** Keys in order: Go visits maps in any order, so ours is one of its orders. */
export function entriesOf<V>(map: Readonly<Record<string, V>> | null | undefined): [string, V][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
