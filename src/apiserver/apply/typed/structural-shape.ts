/**
 * The shape of a custom resource, from its structural schema: list types, map types and map keys
 * are as the definition says; what is preserved unknown has the shape of its value.
 */
import { isEmbedded, preserves, type Structural } from '../../../api/custom/structural.ts';
import { structType } from '../../../api/schema/compile.ts';
import { ANY, type ListShape, type MapShape, type Shape, shapeOfStruct } from './shape.ts';

const STRING: Shape = { kind: 'scalar', type: 'string' };
const NUMERIC: Shape = { kind: 'scalar', type: 'numeric' };
const BOOLEAN: Shape = { kind: 'scalar', type: 'boolean' };
const UNTYPED: Shape = { kind: 'scalar', type: 'untyped' };
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

const roots = new WeakMap<Structural, MapShape>();

/** Of the whole resource. */
export function shapeOfStructural(schema: Structural): MapShape {
  let shape = roots.get(schema);
  if (!shape) {
    shape = mapShape({ ...schema, 'x-kubernetes-embedded-resource': true });
    roots.set(schema, shape);
  }
  return shape;
}

function shapeOf(schema: Structural): Shape {
  if (schema['x-kubernetes-int-or-string']) return UNTYPED;
  switch (schema.type) {
    case 'string':
      return STRING;
    case 'integer':
    case 'number':
      return NUMERIC;
    case 'boolean':
      return BOOLEAN;
    case 'array':
      return listShape(schema);
    case 'object':
      return mapShape(schema);
    default:
      return ANY;
  }
}

function listShape(schema: Structural): ListShape {
  const { items = {}, 'x-kubernetes-list-type': type, 'x-kubernetes-list-map-keys': keys = [] } = schema;
  return {
    kind: 'list',
    atomic: type !== 'set' && type !== 'map',
    keys:
      type === 'map'
        ? [...keys].sort().map(name => ({ name, default: items.properties?.[name]?.default }))
        : [],
    items: shapeOf(items),
  };
}

function mapShape(schema: Structural): MapShape {
  const properties = new Map(Object.entries(schema.properties ?? {}));
  const known = new Map<string, Shape>();
  if (isEmbedded(schema)) {
    known.set('apiVersion', STRING).set('kind', STRING);
    known.set('metadata', shapeOfStruct(structType(OBJECT_META)));
  }
  const { additionalProperties } = schema;
  // A map of which nothing is said has the shape of its value.
  const says = properties.size > 0 || additionalProperties !== undefined;
  const others =
    typeof additionalProperties === 'object'
      ? shapeOf(additionalProperties)
      : additionalProperties === true || preserves(schema) || !says
        ? ANY
        : undefined;
  return {
    kind: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    names: field => known.has(field) || properties.has(field),
    field: name => {
      const property = properties.get(name);
      if (property && !known.has(name)) known.set(name, shapeOf(property));
      return known.get(name) ?? others;
    },
  };
}
