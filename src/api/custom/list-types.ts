/** Sets and list maps hold each element once (x-kubernetes-list-type; upstream's schema/listtype). */

import { deepEqual } from '../../base/deep-equal.ts';
import { at, child, duplicate, type FieldError } from '../field-error.ts';
import { fieldSchema, hasField, isObject, type Structural } from './structural.ts';

export function validateLists(value: unknown, schema: Structural | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value))
    return [
      ...duplicates(value, schema, path),
      ...value.flatMap((item, i) => validateLists(item, schema.items, at(path, i))),
    ];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    validateLists(
      field,
      fieldSchema(schema, name),
      hasField(schema, name) ? child(path, name) : at(path, name),
    ),
  );
}

function duplicates(list: readonly unknown[], schema: Structural, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identity = (item: unknown): unknown =>
    type === 'map' && isObject(item)
      ? Object.fromEntries(keys.filter(key => item[key] !== undefined).map(key => [key, item[key]]))
      : item;
  const seen: unknown[] = [];
  return list.flatMap((item, i) => {
    const id = identity(item);
    if (seen.some(other => deepEqual(other, id))) return [duplicate(at(path, i), id)];
    seen.push(id);
    return [];
  });
}
