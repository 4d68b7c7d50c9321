/**
 * Decoding: from parsed JSON to an object in the form that upstream would encode it in. One pass
 * checks types, drops unknown fields and nulls, canonicalises quantities, times and base64, and
 * applies the rules of what is written when empty (types.ts, WhenZero), so that what is stored
 * and shown needs no second encoding.
 *
 * The input is not changed and shares only `any` values with the result. Field names match exactly,
 * as in upstream's decoder. Messages are those of Go's encoding/json and sigs.k8s.io/json: the
 * first type error is reported, but an error of a quantity or time ends decoding and wins over it.
 */
import { canonicalQuantity, QuantityError } from '../quantity.ts';
import { base64Error, canonicalBase64 } from './base64.ts';
import { structType } from './compile.ts';
import type { ListPath } from './empty-lists.ts';
import { canonicalMicroTime, canonicalTime, TimeError } from './go-time.ts';
import { DuplicateKeys, RawNumber } from './json-reader.ts';
import type { Field, FieldType, StructType } from './types.ts';
import { isZero, zeroStruct, zeroValue } from './zero.ts';

/** What does not fit the type; the message is Go's. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

export interface DecodedType {
  readonly value: Record<string, unknown>;
  /** `unknown field "spec.x"`, `duplicate field "spec.y"`, in the order of the text. */
  readonly strictErrors: readonly string[];
  /** Lists that were written as empty, and are null now. */
  readonly emptyLists: readonly ListPath[];
  /** Lists that were written as empty, and are gone now. */
  readonly leftOut: readonly ListPath[];
}

/** Decodes as the type with that OpenAPI id. Throws DecodeError. */
export function decodeType(id: string, value: unknown): DecodedType {
  const decoder = new Decoder();
  const struct = structType(id);
  const object = decoder.root(struct, value);
  return {
    value: object,
    strictErrors: decoder.strictErrors,
    emptyLists: decoder.emptyLists,
    leftOut: decoder.leftOut,
  };
}

const INT32_MAX = 2 ** 31 - 1;
const INT32: FieldType = { kind: 'int32', goName: 'int32' };

class Decoder {
  readonly strictErrors: string[] = [];
  readonly emptyLists: ListPath[] = [];
  readonly leftOut: ListPath[] = [];
  private firstTypeError: string | undefined;
  /** Where we are, for unknown fields: `.spec`, `.containers[0]`, joined when needed. */
  private readonly path: (string | number)[] = [];
  /** Where we are as Go's errors say it: field names without indexes. */
  private readonly goPath: string[] = [];
  private struct = '';

  root(struct: StructType, value: unknown): Record<string, unknown> {
    let out: Record<string, unknown> = {};
    if (value === null || value === undefined) out = zeroStruct(struct);
    else if (isObject(value)) out = this.fields(struct, value);
    else this.mismatch(value, { kind: 'struct', goName: struct.name, struct: () => struct });
    if (this.firstTypeError !== undefined) throw new DecodeError(this.firstTypeError);
    return out;
  }

  private fields(struct: StructType, source: object): Record<string, unknown> {
    const outer = this.struct;
    this.struct = struct.name;
    const out: Record<string, unknown> = {};
    const seen = source instanceof DuplicateKeys ? new Set<string>() : undefined;
    for (const [name, value] of entriesOf(source)) {
      this.path.push(name);
      const field = struct.fields.get(name);
      if (!field) {
        this.strictErrors.push(`unknown field "${this.where()}"`);
      } else {
        if (seen?.has(name)) this.strictErrors.push(`duplicate field "${this.where()}"`);
        seen?.add(name);
        this.field(field, value, out);
      }
      this.path.pop();
    }
    this.struct = outer;
    for (const field of struct.written) if (!(field.name in out)) out[field.name] = zeroValue(field.type);
    return out;
  }

  private field(field: Field, value: unknown, out: Record<string, unknown>): void {
    if (value === null || value === undefined) return;
    for (const name of field.embedded) this.goPath.push(name);
    this.goPath.push(field.name);
    let decoded = this.value(field.type, value);
    this.goPath.length -= 1 + field.embedded.length;
    if (decoded === undefined) return;
    // A key that occurs twice is decoded into the same value: structs and maps merge.
    const before = out[field.name];
    if (isObject(before) && isObject(decoded) && !Array.isArray(decoded)) decoded = { ...before, ...decoded };
    if (!field.pointer && field.whenZero === 'omit' && isZero(field.type, decoded)) {
      delete out[field.name];
      if (field.type.kind === 'list' || field.type.kind === 'map') this.leftOut.push([...this.path]);
    } else if (field.type.kind === 'list' && isZero(field.type, decoded)) {
      // Storage knows no empty list: one that is written comes back as null.
      out[field.name] = null;
      this.emptyLists.push([...this.path]);
    } else out[field.name] = decoded;
  }

  /** Undefined after a type error, which is kept. */
  private value(type: FieldType, value: unknown): unknown {
    switch (type.kind) {
      case 'string':
        return typeof value === 'string' ? value : this.mismatch(value, type);
      case 'bool':
        return typeof value === 'boolean' ? value : this.mismatch(value, type);
      case 'int32':
      case 'int64':
        return this.integer(type, value);
      case 'double':
        return typeof value === 'number' || value instanceof RawNumber
          ? Number(value instanceof RawNumber ? value.text : value)
          : this.mismatch(value, type);
      case 'bytes':
        return this.bytes(type, value);
      case 'quantity':
        return quantity(value);
      case 'intOrString':
        return typeof value === 'string' ? value : this.integer(INT32, value);
      case 'time':
      case 'microTime':
        return this.time(type, value);
      case 'any':
        return plain(value);
      case 'structOrAny':
        return this.either(type, value);
      case 'list':
        return this.list(type, value);
      case 'map':
        return this.map(type, value);
      case 'struct':
        if (!isObject(value) || Array.isArray(value)) return this.mismatch(value, type);
        return this.fields(type.struct(), value);
    }
  }

  /** Upstream reads these with a decoder of their own, which knows no outer path and warns of nothing. */
  private either(type: Extract<FieldType, { kind: 'structOrAny' }>, value: unknown): unknown {
    const path = this.goPath.splice(0);
    const warnings = this.strictErrors.length;
    const item = { kind: 'struct', goName: 'v1.JSONSchemaProps', struct: type.struct } as const;
    try {
      if (isObject(value) && !Array.isArray(value)) return this.fields(type.struct(), value);
      if (type.or === 'Bool') {
        if (typeof value === 'boolean') return value;
        throw new DecodeError('boolean or JSON schema expected');
      }
      // Anything but a list is no error for upstream: it keeps neither a schema nor a list.
      if (!Array.isArray(value)) return null;
      const items = type.or === 'Array' ? item : ({ kind: 'string', goName: 'string' } as const);
      return this.list({ kind: 'list', items, goName: `[]${items.goName}` }, value);
    } finally {
      this.goPath.splice(0, this.goPath.length, ...path);
      this.strictErrors.length = warnings;
    }
  }

  private integer(type: FieldType, value: unknown): number | undefined {
    if (typeof value === 'number') {
      const fits = Number.isSafeInteger(value) && (type.kind === 'int64' || fitsInt32(value));
      return fits ? value : this.mismatch(new RawNumber(String(value)), type);
    }
    if (!(value instanceof RawNumber)) return this.mismatch(value, type);
    if (!/^-?[0-9]+$/.test(value.text)) return this.mismatch(value, type);
    const exact = BigInt(value.text);
    const fits =
      type.kind === 'int64' ? exact >= -(2n ** 63n) && exact < 2n ** 63n : fitsInt32(Number(exact));
    return fits ? Number(exact) : this.mismatch(value, type);
  }

  private bytes(type: FieldType, value: unknown): string | undefined {
    if (typeof value !== 'string') return this.mismatch(value, type);
    const wrong = base64Error(value);
    if (wrong === undefined) return canonicalBase64(value);
    this.firstTypeError ??= `illegal base64 data at input byte ${wrong}`;
    return undefined;
  }

  private time(type: FieldType, value: unknown): string | undefined {
    if (typeof value !== 'string') {
      // Times read a string first, and report that one: the error ends decoding.
      throw new DecodeError(this.typeError(value, 'string'));
    }
    try {
      return type.kind === 'time' ? canonicalTime(value) : canonicalMicroTime(value);
    } catch (error) {
      if (error instanceof TimeError) throw new DecodeError(error.message, { cause: error });
      throw error;
    }
  }

  private list(type: Extract<FieldType, { kind: 'list' }>, value: unknown): unknown[] | undefined {
    if (!Array.isArray(value)) return this.mismatch(value, type);
    return value.map((item: unknown, i) => {
      if (item === null) return zeroItem(type.items);
      this.path.push(i);
      const decoded = this.value(type.items, item);
      this.path.pop();
      return decoded;
    });
  }

  private map(
    type: Extract<FieldType, { kind: 'map' }>,
    value: unknown,
  ): Record<string, unknown> | undefined {
    if (!isObject(value) || Array.isArray(value)) return this.mismatch(value, type);
    const out: Record<string, unknown> = {};
    const twice = value instanceof DuplicateKeys;
    for (const [key, item] of entriesOf(value)) {
      this.path.push(key);
      if (twice && Object.hasOwn(out, key)) this.strictErrors.push(`duplicate field "${this.where()}"`);
      const decoded = item === null ? zeroItem(type.values) : this.value(type.values, item);
      this.path.pop();
      Object.defineProperty(out, key, {
        value: decoded,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return out;
  }

  private mismatch(value: unknown, type: FieldType): undefined {
    this.firstTypeError ??= this.typeError(value, type.goName);
    return undefined;
  }

  private typeError(value: unknown, goName: string): string {
    const into =
      this.goPath.length > 0 ? `Go struct field ${this.struct}.${this.goPath.join('.')}` : 'Go value';
    return `json: cannot unmarshal ${jsonKind(value)} into ${into} of type ${goName}`;
  }

  private where(): string {
    let out = '';
    for (const part of this.path) {
      out += typeof part === 'number' ? `[${part}]` : out === '' ? part : `.${part}`;
    }
    return out;
  }
}

function quantity(value: unknown): string {
  let text: string;
  if (typeof value === 'string') text = value.trim();
  else if (typeof value === 'number') text = String(value);
  else if (value instanceof RawNumber) text = value.text;
  else text = '{}';
  try {
    return canonicalQuantity(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new DecodeError(error.message, { cause: error });
    throw error;
  }
}

/** Null as an element of a list or map: the zero value; bytes are empty, not null. */
const zeroItem = (type: FieldType): unknown => (type.kind === 'bytes' ? '' : zeroValue(type));

const fitsInt32 = (value: number) => value >= -INT32_MAX - 1 && value <= INT32_MAX;

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof RawNumber);
}

function entriesOf(source: object): readonly [string, unknown][] {
  return source instanceof DuplicateKeys ? source.entries : Object.entries(source);
}

/** How Go names what stands in the text; numbers that do not fit are shown. */
function jsonKind(value: unknown): string {
  if (value instanceof RawNumber) return `number ${value.text}`;
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

/** Without RawNumber and DuplicateKeys. */
function plain(value: unknown): unknown {
  if (value instanceof RawNumber) return Number(value.text);
  if (value instanceof DuplicateKeys) return plain(value.toJSON());
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
}
