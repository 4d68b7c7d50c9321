/** Zero values: what is written of a field that was not given, and what counts as empty. */
import type { FieldType, StructType } from './types.ts';

/** As Go encodes the type's zero value. */
export function zeroValue(type: FieldType): unknown {
  switch (type.kind) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'struct':
      return zeroStruct(type.struct());
    default:
      return null;
  }
}

export function zeroStruct(struct: StructType): Record<string, unknown> {
  return Object.fromEntries(struct.written.map(field => [field.name, zeroValue(field.type)]));
}

/** Of a field that is no pointer: omitempty leaves it out. Structs are never empty to Go. */
export function isZero(type: FieldType, value: unknown): boolean {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return value === '';
    case 'bool':
      return value === false;
    case 'int32':
    case 'int64':
    case 'double':
      return value === 0;
    case 'list':
      return Array.isArray(value) && value.length === 0;
    case 'map':
      return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    default:
      return false;
  }
}
