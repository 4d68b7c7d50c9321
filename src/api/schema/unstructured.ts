/**
 * What upstream says of a strategically patched object that is no object of its type. It is not
 * decoded there but converted value by value (apimachinery runtime/converter.go), so the messages
 * are other ones than those of decoding. Undefined: the conversion has nothing to say of its own.
 */
import { structType } from './compile.ts';
import { RawNumber } from './json-reader.ts';
import type { FieldType, StructType } from './types.ts';

type Problem = string | undefined;

export function unstructuredProblem(schema: string, value: unknown): Problem {
  return structProblem(structType(schema), value);
}

function structProblem(struct: StructType, value: unknown): Problem {
  if (value === null || value === undefined) return undefined;
  const kind = goKind(value);
  if (kind !== 'map') return `cannot restore struct from: ${kind}`;
  const object = value as Readonly<Record<string, unknown>>;
  return first([...struct.fields.values()], field => problem(field.type, object[field.name]));
}

function problem(type: FieldType, value: unknown): Problem {
  if (value === null || value === undefined) return undefined;
  const kind = goKind(value);
  switch (type.kind) {
    case 'struct':
      return structProblem(type.struct(), value);
    case 'list':
      if (kind !== 'slice') return `cannot restore slice from ${kind}`;
      return first(value as readonly unknown[], item => problem(type.items, item));
    case 'map':
      if (kind !== 'map') return `cannot restore map from ${kind}`;
      return first(Object.values(value as object), item => problem(type.values, item));
    case 'bytes':
      return kind === 'string' || kind === 'slice' ? undefined : `cannot restore slice from ${kind}`;
    case 'string':
      if (kind === 'string') return undefined;
      // Go would make a character of an integer.
      return kind === 'int64' ? `cannot convert int64 to ${type.goName}` : 'unrecognized type: string';
    case 'bool':
      return kind === 'bool' ? undefined : 'unrecognized type: bool';
    case 'int32':
    case 'int64':
    case 'double':
      return numberProblem(type.kind, kind, value);
    default:
      return undefined;
  }
}

function numberProblem(type: 'int32' | 'int64' | 'double', kind: string, value: unknown): Problem {
  const goName = type === 'double' ? 'float64' : type;
  if (kind !== 'int64' && kind !== 'float64') return `unrecognized type: ${goName}`;
  const fits = type === 'double' || kind === 'int64' || Number.isInteger(Number(value));
  return fits ? undefined : `cannot convert float64 to ${goName}`;
}

function first<T>(items: readonly T[], find: (item: T) => Problem): Problem {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  const number = value instanceof RawNumber ? Number(value.text) : value;
  if (typeof number === 'number') return Number.isInteger(number) ? 'int64' : 'float64';
  return 'map';
}
