/**
 * Defaults of a structural schema, and nulls where none may stand (upstream's
 * apiserver/schema/defaulting). Both change the value.
 */
import { ownField, setOwnField } from '../../base/own-field.ts';
import { additional, fieldSchema, hasField, isObject, type Structural } from './structural.ts';

/** Fills what is missing, and what is null without being nullable. */
export function applyDefaults(value: unknown, schema: Structural | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    value.forEach((item, i) => {
      if (takesDefault(item, items)) value[i] = structuredClone(items?.default);
      applyDefaults(value[i], items);
    });
  } else if (isObject(value)) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (property.default === undefined) continue;
      const present = ownField(value, name);
      if (present === undefined || (present === null && !property.nullable))
        setOwnField(value, name, structuredClone(property.default));
    }
    const rest = additional(schema);
    for (const name of Object.keys(value)) {
      if (!hasField(schema, name) && takesDefault(value[name], rest))
        setOwnField(value, name, structuredClone(rest?.default));
      applyDefaults(ownField(value, name), fieldSchema(schema, name));
    }
  }
}

const takesDefault = (value: unknown, schema: Structural | undefined) =>
  value === null && schema?.default !== undefined && !schema.nullable;

/** A null that is not allowed, and that no default replaces, is as if it had not been sent. */
export function pruneNulls(value: unknown, schema: Structural | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    for (const item of value) pruneNulls(item, schema.items);
  } else if (isObject(value)) {
    for (const [name, field] of Object.entries(value)) {
      const inner = fieldSchema(schema, name);
      if (field === null && inner && !inner.nullable && inner.default === undefined) delete value[name];
      else pruneNulls(field, inner);
    }
  }
}
