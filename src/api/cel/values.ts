/**
 * The values that expressions work with. int is a bigint, double a number, bytes a Uint8Array; what has no
 * such counterpart has a class here.
 */
import { compareQuantities } from '../quantity.ts';

export const QUANTITY = 'kubernetes.Quantity';

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | Uint
  | Timestamp
  | Duration
  | CelMap
  | CelObject
  | Optional
  | TypeValue
  | Foreign;

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Since 1970, in nanoseconds. */
export class Timestamp {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

export class Duration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

export class Optional {
  readonly value: Value | undefined;
  constructor(value?: Value) {
    this.value = value;
  }
}

/** What type() gives. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A message: fields that are not set are not there. */
export class CelObject {
  readonly fields: ReadonlyMap<string, Value>;
  constructor(fields: ReadonlyMap<string, Value>) {
    this.fields = fields;
  }
}

/** Of Kubernetes' own types: an address, a quantity. `text` makes it equal to others of its type. */
export class Foreign {
  readonly type: string;
  readonly text: string;
  constructor(type: string, text: string) {
    this.type = type;
    this.text = text;
  }
}

export class CelMap {
  private readonly entries = new Map<string, readonly [Value, Value]>();

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.entries.set(keyOf(key), [key, value]);
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: Value): Value | undefined {
    return this.entries.get(keyOf(key))?.[1];
  }

  has(key: Value): boolean {
    return this.entries.has(keyOf(key));
  }

  keys(): Value[] {
    return [...this.entries.values()].map(([key]) => key);
  }

  all(): (readonly [Value, Value])[] {
    return [...this.entries.values()];
  }
}

/** Numbers of all types are the same key if they are the same number. */
function keyOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `n${key}`;
  return `o${String(key)}`;
}

/** An error of evaluation, in cel-go's words. */
export class CelFault extends Error {}

/** Something that cannot be evaluated here, though upstream can. */
export class Unsupported extends Error {}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

export function typeNameOf(value: Value): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'string':
      return 'string';
  }
  if (isList(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof CelMap) return 'map';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  return value instanceof Foreign ? value.type : 'object';
}

/** Lists whose order says nothing, or whose items are told by keys (x-kubernetes-list-type). */
const kinds = new WeakMap<object, 'set' | readonly string[]>();

export function markList(list: readonly Value[], kind: 'set' | readonly string[]): readonly Value[] {
  kinds.set(list, kind);
  return list;
}

export const kindOfList = (list: readonly Value[]): 'set' | readonly string[] | undefined => kinds.get(list);

const numberOf = (value: Value): bigint | number | undefined => {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
};

export function equal(a: Value, b: Value): boolean {
  const [x, y] = [numberOf(a), numberOf(b)];
  // biome-ignore lint/suspicious/noDoubleEquals: an int and a double are the same number
  if (x !== undefined && y !== undefined) return x == y;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (isList(a)) return isList(b) && sameLists(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns;
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Foreign) return b instanceof Foreign && a.type === b.type && sameForeign(a, b);
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equal(a.value, b.value);
  }
  if (a instanceof CelMap) {
    if (!(b instanceof CelMap) || a.size !== b.size) return false;
    return a.all().every(([key, value]) => b.has(key) && equal(value, b.get(key) ?? null));
  }
  if (!(a instanceof CelObject) || !(b instanceof CelObject) || a.fields.size !== b.fields.size) return false;
  return [...a.fields].every(([name, value]) => {
    const other = b.fields.get(name);
    return other !== undefined && equal(value, other);
  });
}

/** 1Ki is 1024. */
const sameForeign = (a: Foreign, b: Foreign) =>
  a.text === b.text || (a.type === QUANTITY && compareQuantities(a.text, b.text) === 0);

function sameLists(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  if (!kinds.has(a) && !kinds.has(b)) return a.every((item, i) => equal(item, b[i] ?? null));
  return a.every(item => b.some(other => equal(item, other)));
}

/** Undefined where the two cannot be compared. */
export function compareValues(a: Value, b: Value): number | undefined {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return order(x, y);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.ns, b.ns);
  if (a instanceof Duration && b instanceof Duration) return order(a.ns, b.ns);
  return undefined;
}

const order = (x: bigint | number, y: bigint | number) => (x < y ? -1 : x > y ? 1 : 0);
