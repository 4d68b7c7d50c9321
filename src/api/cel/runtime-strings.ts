/** Functions of texts (cel-go's strings extension), and of base64 and math. */

import { goQuote } from '../go-quote.ts';
import type { RuntimeFunction } from './runtime.ts';
import { formatDuration, formatTimestamp } from './times.ts';
import {
  CelFault,
  CelMap,
  Duration,
  Foreign,
  isList,
  Timestamp,
  typeNameOf,
  Uint,
  Unsupported,
  type Value,
} from './values.ts';

type Text = (text: string, ...args: readonly Value[]) => Value | undefined;

/** The receiver is a text, too. */
const onText =
  (run: Text): RuntimeFunction =>
  (a, ...args) =>
    typeof a === 'string' ? run(a, ...args) : undefined;

const withText = (run: (a: string, b: string) => Value) =>
  onText((a, b) => (typeof b === 'string' ? run(a, b) : undefined));

const ascii = (from: RegExp, change: (c: string) => string) => onText(a => a.replace(from, change));

/** Positions count characters, not bytes. */
function part(text: string, start: Value | undefined, end?: Value): Value | undefined {
  const characters = Array.from(text);
  const [from, to] = [start, end ?? BigInt(characters.length)];
  if (typeof from !== 'bigint' || typeof to !== 'bigint') return undefined;
  const length = BigInt(characters.length);
  if (end === undefined && (from < 0n || from > length)) throw new CelFault(`index out of range: ${from}`);
  if (from > to) throw new CelFault(`invalid substring range. start: ${from}, end: ${to}`);
  if (from < 0n || from > length) throw new CelFault(`index out of range: ${from}`);
  if (to < 0n || to > length) throw new CelFault(`index out of range: ${to}`);
  return characters.slice(Number(from), Number(to)).join('');
}

export function textIndex(text: string, sought: string, last: boolean, from?: Value): Value | undefined {
  if (from !== undefined && typeof from !== 'bigint') return undefined;
  const characters = Array.from(text);
  const start = from === undefined ? (last ? characters.length : 0) : Number(from);
  if (start < 0 || start > characters.length) throw new CelFault(`index out of range: ${start}`);
  const offset = characters.slice(0, start).join('').length;
  const found = last ? text.lastIndexOf(sought, offset) : text.indexOf(sought, offset);
  return found < 0 ? -1n : BigInt(Array.from(text.slice(0, found)).length);
}

function replace(
  text: string,
  from: Value | undefined,
  to: Value | undefined,
  count?: Value,
): Value | undefined {
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  let left = typeof count === 'bigint' ? Number(count) : -1;
  if (left < 0) return text.replaceAll(from, () => to);
  let [done, rest] = ['', text];
  for (; left > 0; left--) {
    const i = rest.indexOf(from);
    if (i < 0) break;
    done += rest.slice(0, i) + to;
    rest = rest.slice(i + from.length);
  }
  return done + rest;
}

function split(text: string, separator: Value | undefined, limit?: Value): Value | undefined {
  if (typeof separator !== 'string') return undefined;
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  const max = typeof limit === 'bigint' ? Number(limit) : -1;
  if (max < 0 || parts.length <= max) return parts;
  return max === 0 ? [] : [...parts.slice(0, max - 1), parts.slice(max - 1).join(separator)];
}

const CLAUSE = /%(?:%|(?:\.(\d+))?([a-zA-Z]))/g;

function format(template: string, list: Value | undefined): Value | undefined {
  if (list === undefined || !isList(list)) return undefined;
  let next = 0;
  return template.replace(CLAUSE, (clause, precision: string | undefined, verb: string | undefined) => {
    if (clause === '%%') return '%';
    if (next >= list.length) throw new CelFault(`index ${next} out of range`);
    return formatOne(verb ?? '', list[next++] ?? null, precision);
  });
}

function formatOne(verb: string, value: Value, precision: string | undefined): string {
  const number = value instanceof Uint ? value.value : value;
  if (verb === 's') return shown(value);
  if (verb === 'd' && typeof number === 'bigint') return `${number}`;
  if (verb === 'f' && (typeof number === 'number' || typeof number === 'bigint'))
    return Number(number).toFixed(Number(precision ?? 6));
  const bases: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16, X: 16 };
  const base = bases[verb];
  if (base !== undefined && typeof number === 'bigint') {
    const digits = number.toString(base);
    return verb === 'X' ? digits.toUpperCase() : digits;
  }
  throw new Unsupported(`%${verb} of ${typeNameOf(value)}`);
}

/** As %s prints it. */
function shown(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (isList(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof CelMap)
    return `{${value
      .all()
      .map(([k, v]) => `${shown(k)}: ${shown(v)}`)
      .sort()
      .join(', ')}}`;
  if (value instanceof Uint) return `${value.value}`;
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Foreign) return value.text;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (['boolean', 'bigint', 'number'].includes(typeof value)) return String(value);
  throw new Unsupported(`%s of ${typeNameOf(value)}`);
}

const real =
  (run: (n: number) => Value): RuntimeFunction =>
  a =>
    typeof a === 'number' ? run(a) : undefined;

const bits =
  (run: (a: bigint, b: bigint) => bigint): RuntimeFunction =>
  (a, b) =>
    typeof a === 'bigint' && typeof b === 'bigint' ? BigInt.asIntN(64, run(a, b)) : undefined;

export const STRINGS_RUNTIME: Readonly<Record<string, RuntimeFunction>> = {
  contains: withText((a, b) => a.includes(b)),
  startsWith: withText((a, b) => a.startsWith(b)),
  endsWith: withText((a, b) => a.endsWith(b)),
  charAt: onText((a, i) => {
    if (typeof i !== 'bigint') return undefined;
    const characters = Array.from(a);
    if (i < 0n || i > BigInt(characters.length)) throw new CelFault(`index out of range: ${i}`);
    return characters[Number(i)] ?? '';
  }),
  lowerAscii: ascii(/[A-Z]+/g, c => c.toLowerCase()),
  upperAscii: ascii(/[a-z]+/g, c => c.toUpperCase()),
  replace: onText(replace),
  split: onText(split),
  substring: onText(part),
  trim: onText(a => a.trim()),
  format: onText(format),
  'strings.quote': onText(a => goQuote(a)),
  'base64.encode': a => (a instanceof Uint8Array ? Buffer.from(a).toString('base64') : undefined),
  'base64.decode': onText(a => Buffer.from(a, 'base64')),
  'math.ceil': real(Math.ceil),
  'math.floor': real(Math.floor),
  'math.trunc': real(Math.trunc),
  'math.isNaN': real(n => Number.isNaN(n)),
  'math.isFinite': real(n => Number.isFinite(n)),
  'math.isInf': real(n => Math.abs(n) === Number.POSITIVE_INFINITY),
  'math.abs': a => (typeof a === 'bigint' ? (a < 0n ? -a : a) : typeof a === 'number' ? Math.abs(a) : a),
  'math.sqrt': a => Math.sqrt(Number(a instanceof Uint ? a.value : a)),
  'math.bitAnd': bits((a, b) => a & b),
  'math.bitOr': bits((a, b) => a | b),
  'math.bitXor': bits((a, b) => a ^ b),
};
