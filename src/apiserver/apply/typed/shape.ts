/**
 * What merging needs to know of a type: where ownership is counted. Atomic maps and lists are
 * owned as a whole; granular maps by key, sets by value, list maps by their keys (KEP-555,
 * "Merge strategy"). Made from the schema's types when first asked for; types refer to themselves.
 */
import { allSchemas } from '../../../api/schema/compile.ts';
import type { Field, FieldType, StructType } from '../../../api/schema/types.ts';

export type Shape = ScalarShape | ListShape | MapShape | AnyShape;

export interface ScalarShape {
  readonly kind: 'scalar';
  readonly type: 'string' | 'numeric' | 'boolean' | 'untyped';
}

export interface ListShape {
  readonly kind: 'list';
  readonly atomic: boolean;
  /** Of a list map; empty for sets. */
  readonly keys: readonly ListKey[];
  readonly items: Shape;
}

export interface ListKey {
  readonly name: string;
  /** Of items that leave the key out; undefined when they must not. */
  readonly default: unknown;
}

export interface MapShape {
  readonly kind: 'map';
  readonly atomic: boolean;
  /** The field is named by the type, not just a key of a map. */
  names(field: string): boolean;
  /** Undefined: there is no such field. */
  field(name: string): Shape | undefined;
}

/** Anything: its shape is that of the value. */
export interface AnyShape {
  readonly kind: 'any';
}

const STRING: Shape = { kind: 'scalar', type: 'string' };
const NUMERIC: Shape = { kind: 'scalar', type: 'numeric' };
const BOOLEAN: Shape = { kind: 'scalar', type: 'boolean' };
const UNTYPED: ScalarShape = { kind: 'scalar', type: 'untyped' };
export const ANY: AnyShape = { kind: 'any' };
/** Upstream cannot look into what it has not decoded: it is owned as a whole. */
const RAW = 'runtime.RawExtension';
const RAW_MAP: MapShape = { kind: 'map', atomic: true, names: () => false, field: () => ANY };
const ANY_LIST: ListShape = { kind: 'list', atomic: true, keys: [], items: ANY };
const ANY_MAP: MapShape = { kind: 'map', atomic: false, names: () => false, field: () => ANY };

/** The shape with which `value` is looked at: `any` takes the value's own. */
export function shapeFor(shape: Shape, value: unknown): Exclude<Shape, AnyShape> {
  if (shape.kind !== 'any') return shape;
  if (Array.isArray(value)) return ANY_LIST;
  return typeof value === 'object' || value === undefined ? ANY_MAP : UNTYPED;
}

class StructShape implements MapShape {
  readonly kind = 'map';
  private readonly shapes = new Map<string, Shape>();

  constructor(
    private readonly struct: StructType,
    readonly atomic: boolean,
  ) {}

  names(field: string): boolean {
    return this.struct.fields.has(field);
  }

  field(name: string): Shape | undefined {
    let shape = this.shapes.get(name);
    if (shape) return shape;
    const field = this.struct.fields.get(name);
    if (!field) return undefined;
    shape = shapeOfField(field);
    this.shapes.set(name, shape);
    return shape;
  }
}

const granularStructs = new WeakMap<StructType, StructShape>();
const atomicStructs = new WeakMap<StructType, StructShape>();

export function shapeOfStruct(struct: StructType, mapType = struct.mapType): MapShape {
  const atomic = mapType === 'atomic';
  const cache = atomic ? atomicStructs : granularStructs;
  let shape = cache.get(struct);
  if (!shape) {
    shape = new StructShape(struct, atomic);
    cache.set(struct, shape);
  }
  return shape;
}

function shapeOfField(field: Field): Shape {
  const { type, mapType } = field;
  if (type.kind === 'struct') return shapeOfStruct(type.struct(), mapType ?? type.struct().mapType);
  if (type.kind === 'map') return mapOf(shapeOfType(type.values), mapType === 'atomic');
  if (type.goName === RAW) return RAW_MAP;
  if (type.kind === 'list') return listOf(type.items, field);
  return shapeOfType(type);
}

function shapeOfType(type: FieldType): Shape {
  switch (type.kind) {
    case 'string':
    case 'bytes':
      return STRING;
    case 'bool':
      return BOOLEAN;
    case 'int32':
    case 'int64':
    case 'double':
      return NUMERIC;
    case 'time':
    case 'microTime':
      return UNTYPED;
    case 'quantity':
    case 'intOrString':
    case 'any':
    case 'structOrAny':
      return ANY;
    case 'list':
      return { kind: 'list', atomic: true, keys: [], items: shapeOfType(type.items) };
    case 'map':
      return mapOf(shapeOfType(type.values), false);
    case 'struct':
      return shapeOfStruct(type.struct());
  }
}

function mapOf(values: Shape, atomic: boolean): MapShape {
  return { kind: 'map', atomic, names: () => false, field: () => values };
}

/** A list without a list type merges by its patch merge key, as strategic merge patch does. */
function listOf(items: FieldType, field: Field): ListShape {
  const { listType, listMapKeys, patchMergeKey, patchStrategy = '' } = field;
  const merges = listType === undefined && patchStrategy.split(',').includes('merge');
  const keys = listType === 'map' ? (listMapKeys ?? []) : merges && patchMergeKey ? [patchMergeKey] : [];
  return {
    kind: 'list',
    atomic: !merges && listType !== 'set' && listType !== 'map',
    keys: [...keys].sort().map(name => ({ name, default: defaultOf(items, name) })),
    items: shapeOfType(items),
  };
}

function defaultOf(items: FieldType, key: string): unknown {
  return items.kind === 'struct' ? allSchemas()[items.struct().id]?.properties?.[key]?.default : undefined;
}
