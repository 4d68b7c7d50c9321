/** x-kubernetes-list-type and x-kubernetes-list-map-keys: how lists merge under server-side apply. */
import {
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { itemListOf, itemsOf, type Schema } from './schema.ts';

const LIST_TYPES = ['atomic', 'set', 'map'];

export function validateListType(schema: Schema, path: string): FieldError[] {
  const { type = '', 'x-kubernetes-list-type': listType } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const where = child(path, 'x-kubernetes-list-type');
  const errors: FieldError[] = [];
  if (listType !== undefined && type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type ? invalidValue(child(path, 'type'), type, why) : required(child(path, 'type'), why));
  } else if (listType === 'set') errors.push(...validateSet(schema, path));
  if (listType !== undefined && !LIST_TYPES.includes(listType))
    errors.push(notSupported(where, listType, LIST_TYPES));
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(listType === undefined ? required(where, why) : invalidValue(where, listType, why));
  }
  return listType === 'map' ? [...errors, ...validateMap(schema, path, keys)] : errors;
}

/** The elements of a set are compared as wholes. */
function validateSet(schema: Schema, path: string): FieldError[] {
  const items = itemsOf(schema);
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const { 'x-kubernetes-list-type': listType, 'x-kubernetes-map-type': mapType } = items ?? {};
  const at = (field: string) => child(path, `items.${field}`);
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic')
    return [invalidValue(at('x-kubernetes-list-type'), listType, why)];
  // Upstream shows the list type here, too.
  if (items?.type === 'object' && mapType !== 'atomic')
    return [invalidValue(at('x-kubernetes-map-type'), listType ?? null, why)];
  return [];
}

function validateMap(schema: Schema, path: string, keys: readonly string[]): FieldError[] {
  const items = itemsOf(schema);
  const keysPath = child(path, 'x-kubernetes-list-map-keys');
  const itemsPath = child(path, 'items');
  const errors: FieldError[] = [];
  if (keys.length === 0)
    errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'));
  if (schema.items === undefined)
    errors.push(required(itemsPath, 'must have a schema if x-kubernetes-list-type is map'));
  if (itemListOf(schema).length > 0) {
    const why = 'must only have a single schema if x-kubernetes-list-type is map';
    errors.push(invalidValue(itemsPath, schema.items, why));
  }
  if (!items) return errors;
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalidValue(child(itemsPath, 'type'), items.type ?? '', why)];
  }
  keys.forEach((name, i) => {
    const property = items.properties?.[name];
    if (!property) errors.push(invalidValue(keysPath, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidValue(`${itemsPath}.properties[${name}].type`, items.type, why));
    }
    if (keys.indexOf(name) < i)
      errors.push(invalidValue(keysPath, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

/** Keys are there in every element, given or by default. */
export function validateMapListKeys(schema: Schema, path: string): FieldError[] {
  const { 'x-kubernetes-list-type': listType } = schema;
  const items = itemsOf(schema);
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  const at = (field: string) => child(path, `items.${field}`);
  if (items.nullable)
    errors.push(
      forbiddenField(at('nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === 'set') return errors;
  for (const name of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties?.[name];
    if (!property) continue;
    const here = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(name) && property.default === undefined) {
      const why = `${here} must have a default or be a required property`;
      errors.push(required(at(`properties[${name}].default`), why));
    }
    if (property.nullable)
      errors.push(forbiddenField(at(`properties[${name}].nullable`), `${here} cannot be nullable`));
  }
  return errors;
}
