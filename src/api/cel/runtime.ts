/** What the functions do: arguments with the receiver first. Those of Kubernetes are in runtime-kubernetes.ts. */
import { patternOf } from '../validation/go-pattern.ts';
import { KUBERNETES_RUNTIME } from './runtime-kubernetes.ts';
import { LISTS_RUNTIME } from './runtime-lists.ts';
import { STRINGS_RUNTIME } from './runtime-strings.ts';
import {
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
  partOf,
  TIME_PARTS,
} from './times.ts';
import {
  CelFault,
  CelMap,
  compareValues,
  Duration,
  equal,
  Foreign,
  isList,
  kindOfList,
  markList,
  Optional,
  Timestamp,
  TypeValue,
  typeNameOf,
  Uint,
  Unsupported,
  type Value,
} from './values.ts';

/** Undefined: it is not for such arguments. */
export type RuntimeFunction = (...args: readonly Value[]) => Value | undefined;

export const noOverload = (): CelFault => new CelFault('no such overload');

export function callFunction(name: string, args: readonly Value[]): Value {
  const known = TABLES.find(table => Object.hasOwn(table, name))?.[name];
  if (!known) throw new Unsupported(name);
  const result = known(...args);
  if (result === undefined) throw noOverload();
  return result;
}

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;

function int(value: bigint): bigint {
  if (value > INT_MAX || value < INT_MIN) throw new CelFault('integer overflow');
  return value;
}

function uint(value: bigint): Uint {
  if (value < 0n || value > UINT_MAX) throw new CelFault('unsigned integer overflow');
  return new Uint(value);
}

interface Arithmetic {
  readonly whole: (a: bigint, b: bigint) => bigint;
  readonly real?: (a: number, b: number) => number;
}

const arithmetic =
  ({ whole, real }: Arithmetic): RuntimeFunction =>
  (a, b) => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return int(whole(a, b));
    if (a instanceof Uint && b instanceof Uint) return uint(whole(a.value, b.value));
    return real && typeof a === 'number' && typeof b === 'number' ? real(a, b) : undefined;
  };

const division =
  (name: string, divide: (a: bigint, b: bigint) => bigint) =>
  (a: bigint, b: bigint): bigint => {
    if (b === 0n) throw new CelFault(`${name} by zero`);
    return divide(a, b);
  };

const plus = arithmetic({ whole: (a, b) => a + b, real: (a, b) => a + b });
const minus = arithmetic({ whole: (a, b) => a - b, real: (a, b) => a - b });

function addValues(a: Value, b: Value): Value | undefined {
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.concat([a, b]);
  if (isList(a) && isList(b)) return concatenate(a, b);
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.ns + b.ns);
  if (a instanceof Duration && b instanceof Timestamp) return new Timestamp(a.ns + b.ns);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.ns + b.ns);
  return plus(a, b);
}

/** Sets take what is new; lists with keys replace what has the same. */
function concatenate(a: readonly Value[], b: readonly Value[]): Value {
  const kind = kindOfList(a);
  if (kind === undefined) return [...a, ...b];
  if (kind === 'set')
    return markList([...a, ...b.filter(item => !a.some(other => equal(item, other)))], kind);
  throw new Unsupported('list maps are added');
}

function subtract(a: Value, b: Value): Value | undefined {
  if (a instanceof Timestamp && b instanceof Timestamp) return new Duration(a.ns - b.ns);
  if (a instanceof Timestamp && b instanceof Duration) return new Timestamp(a.ns - b.ns);
  if (a instanceof Duration && b instanceof Duration) return new Duration(a.ns - b.ns);
  return minus(a, b);
}

const comparison =
  (holds: (order: number) => boolean): RuntimeFunction =>
  (a = null, b = null) => {
    const order = compareValues(a, b);
    return order === undefined ? undefined : holds(order);
  };

function at(list: Value | undefined, index: Value | undefined): Value | undefined {
  if (list instanceof CelMap && index !== undefined) return list.get(index);
  if (list === undefined || !isList(list)) throw noOverload();
  const i = typeof index === 'number' ? index : index instanceof Uint ? index.value : index;
  if (typeof i !== 'bigint' && typeof i !== 'number') throw noOverload();
  return list[Number(i)];
}

function index(whole: Value | undefined, key: Value | undefined): Value {
  if (whole instanceof Optional)
    return new Optional(whole.value === undefined ? undefined : at(whole.value, key));
  const found = at(whole, key);
  if (found !== undefined) return found;
  const shown = key === undefined ? '' : text(key);
  throw new CelFault(whole instanceof CelMap ? `no such key: ${shown}` : `index out of bounds: ${shown}`);
}

function sizeOf(value: Value | undefined): bigint | undefined {
  if (typeof value === 'string') return BigInt(Array.from(value).length);
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof CelMap) return BigInt(value.size);
  return value !== undefined && isList(value) ? BigInt(value.length) : undefined;
}

const conversion = (from: Value, to: string) =>
  new CelFault(`type conversion error from '${typeNameOf(from)}' to '${to}'`);

function toInt(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return int(value.value);
  if (value instanceof Timestamp) return value.ns / 1_000_000_000n;
  if (value instanceof Duration) return value.ns;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new CelFault('integer overflow');
    return int(BigInt(Math.trunc(value)));
  }
  if (typeof value === 'string' && /^[-+]?\d+$/.test(value)) {
    const n = BigInt(value.replace(/^\+/, ''));
    if (n <= INT_MAX && n >= INT_MIN) return n;
  }
  throw conversion(value, 'int');
}

function toUint(value: Value): Uint {
  if (value instanceof Uint) return value;
  if (typeof value === 'string' && !/^\d+$/.test(value)) throw conversion(value, 'uint');
  if (typeof value === 'string') return uint(BigInt(value));
  return uint(toInt(value));
}

function toDouble(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  const n = typeof value === 'string' && value.trim() === value && value !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(n) && value !== 'NaN') throw conversion(value, 'double');
  return n;
}

function toBool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (typeof value === 'string' && ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw conversion(value, 'bool');
}

export function text(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Uint) return `${value.value}`;
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Foreign) return value.text;
  if (['boolean', 'bigint', 'number'].includes(typeof value)) return String(value);
  throw conversion(value, 'string');
}

function matches(value: Value | undefined, pattern: Value | undefined): boolean | undefined {
  if (typeof value !== 'string' || typeof pattern !== 'string') return undefined;
  const regex = patternOf(pattern);
  if (!regex) throw new Unsupported(pattern);
  return regex.test(value);
}

const isOptional = (value: Value | undefined): value is Optional => value instanceof Optional;
const isZero = (value: Value) =>
  value === null || value === false || value === '' || equal(value, 0n) || sizeOf(value) === 0n;

const STANDARD: Readonly<Record<string, RuntimeFunction>> = {
  '!_': a => (typeof a === 'boolean' ? !a : undefined),
  '-_': a => (typeof a === 'bigint' ? int(-a) : typeof a === 'number' ? -a : undefined),
  '_==_': (a = null, b = null) => equal(a, b),
  '_!=_': (a = null, b = null) => !equal(a, b),
  '_<_': comparison(order => order < 0),
  '_<=_': comparison(order => order <= 0),
  '_>_': comparison(order => order > 0),
  '_>=_': comparison(order => order >= 0),
  '_+_': (a = null, b = null) => addValues(a, b),
  '_-_': (a = null, b = null) => subtract(a, b),
  '_*_': arithmetic({ whole: (a, b) => a * b, real: (a, b) => a * b }),
  '_/_': arithmetic({ whole: division('division', (a, b) => a / b), real: (a, b) => a / b }),
  '_%_': arithmetic({ whole: division('modulus', (a, b) => a % b) }),
  '@in': (item = null, list = null) => {
    if (list instanceof CelMap) return list.has(item);
    return isList(list) ? list.some(other => equal(item, other)) : undefined;
  },
  '_[_]': index,
  '_[?_]': (whole, key) =>
    new Optional(
      isOptional(whole) ? (whole.value === undefined ? undefined : at(whole.value, key)) : at(whole, key),
    ),
  size: sizeOf,
  type: (a = null) => new TypeValue(typeNameOf(a)),
  dyn: a => a,
  bool: (a = null) => toBool(a),
  int: (a = null) => toInt(a),
  uint: (a = null) => toUint(a),
  double: (a = null) => toDouble(a),
  string: (a = null) => text(a),
  bytes: a => (typeof a === 'string' ? Buffer.from(a) : a instanceof Uint8Array ? a : undefined),
  duration: a => {
    if (typeof a === 'bigint') return new Duration(a);
    return typeof a === 'string' ? parseDuration(a) : a instanceof Duration ? a : undefined;
  },
  timestamp: a => {
    if (typeof a === 'bigint') return new Timestamp(a * 1_000_000_000n);
    return typeof a === 'string' ? parseTimestamp(a) : a instanceof Timestamp ? a : undefined;
  },
  ...Object.fromEntries(TIME_PARTS.map(name => [name, (a, zone) => partOf(name, a, zone)])),
  matches,
  'optional.of': (a = null) => new Optional(a),
  'optional.none': () => new Optional(),
  'optional.ofNonZeroValue': (a = null) => new Optional(isZero(a) ? undefined : a),
  hasValue: a => (isOptional(a) ? a.value !== undefined : undefined),
  value: a => {
    if (isOptional(a) && a.value === undefined) throw new CelFault('optional.none() dereference');
    return isOptional(a) ? a.value : undefined;
  },
};

const TABLES: readonly Readonly<Record<string, RuntimeFunction>>[] = [
  KUBERNETES_RUNTIME,
  LISTS_RUNTIME,
  STRINGS_RUNTIME,
  STANDARD,
];
