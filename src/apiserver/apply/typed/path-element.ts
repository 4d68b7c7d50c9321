/**
 * One step of a path into an object, in the text form of FieldsV1 (KEP-555):
 *
 *   f:name                a field of a struct, or a key of a map
 *   k:{"name":"c"}        an item of a list map, by its keys, names sorted
 *   v:"x"                 an item of a set
 *   i:3                   an item by its place
 *
 * The text is the element's identity: two elements are the same when their texts are, so that sets
 * of paths are maps of strings. That holds for canonical texts only; canonicalElement makes them.
 */
import { compareValues } from './compare-values.ts';

export type PathElement = string;
export type FieldPath = readonly PathElement[];

type JsonObject = Readonly<Record<string, unknown>>;

export const fieldElement = (name: string): PathElement => `f:${name}`;
export const valueElement = (value: unknown): PathElement => `v:${JSON.stringify(value)}`;
/** `keys` must be sorted by name. */
export const keyElement = (keys: JsonObject): PathElement => `k:${JSON.stringify(keys)}`;

/** The name of a field element, undefined for the others. */
export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

export const isKey = (element: PathElement): boolean => element.startsWith('k:');

/** The element as we would write it, or undefined when it is none. */
export function canonicalElement(text: string): PathElement | undefined {
  const rest = text.slice(2);
  switch (text.slice(0, 2)) {
    case 'f:':
      return text;
    case 'k:': {
      const keys = parse(rest);
      if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) return undefined;
      return keyElement(sortKeys(keys as JsonObject));
    }
    case 'v:': {
      const value = parse(rest);
      return value === undefined ? undefined : valueElement(value);
    }
    case 'i:':
      return /^-?\d+$/.test(rest) ? `i:${Number(rest)}` : undefined;
    default:
      return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function sortKeys(keys: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(keys).sort(([a], [b]) => compareTexts(a, b)));
}

const ORDER = 'fkvi';
const F = ORDER.charCodeAt(0);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order in which FieldsV1 is written and conflicts are listed: fields, keys, values, indexes. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a.charCodeAt(0) === F && b.charCodeAt(0) === F) return compareTexts(a, b);
  const [kindOfA = '', kindOfB = ''] = [a[0], b[0]];
  if (kindOfA !== kindOfB) return ORDER.indexOf(kindOfA) - ORDER.indexOf(kindOfB);
  if (kindOfA === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  const [left, right] = [JSON.parse(a.slice(2)) as unknown, JSON.parse(b.slice(2)) as unknown];
  return kindOfA === 'k' ? compareKeys(left as JsonObject, right as JsonObject) : compareValues(left, right);
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (const [i, [name, value]] of left.entries()) {
    const other = right[i];
    if (!other) return 1;
    const order = compareTexts(name, other[0]) || compareValues(value, other[1]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** As messages show it: `.spec`, `[name="c",port=80]`, `[="x"]`, `[3]`. */
export function showElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

export const showPath = (path: FieldPath): string => path.map(showElement).join('');
