/** Defaults in a schema must fit it, and say nothing that the schema does not know. */
import { ruleErrors } from '../custom/rules.ts';
import { validateSchema } from '../custom/validate.ts';
import { child, type FieldError, invalidValue } from '../field-error.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema, structuralOf } from './schema.ts';

/** @param root whether it is the schema of a whole resource, whose metadata, kind and apiVersion are not looked into */
export function validateDefaults(schema: Schema, path: string, root = true): FieldError[] {
  const errors: FieldError[] = [];
  const [items, additional] = [itemsOf(schema), additionalOf(schema)];
  if (schema.default !== undefined) {
    const where = child(path, 'default');
    const structural = structuralOf(schema);
    const found = validateSchema({ schema: structural, value: schema.default, base: where });
    if (hasUnknown(schema.default, schema, root))
      errors.push(invalidValue(where, schema.default, 'must not have unknown fields'));
    errors.push(...found, ...(found.length === 0 ? ruleErrors(structural, schema.default, where) : []));
  }
  if (additional) errors.push(...validateDefaults(additional, child(path, 'additionalProperties'), false));
  if (items) errors.push(...validateDefaults(items, child(path, 'items'), false));
  for (const [name, property] of propertiesOf(schema)) {
    const isMeta = root && ['metadata', 'kind', 'apiVersion'].includes(name);
    if (!isMeta) errors.push(...validateDefaults(property, `${child(path, 'properties')}[${name}]`, false));
  }
  return errors;
}

/** A field that pruning would take away. */
function hasUnknown(value: unknown, schema: Schema, resource = false): boolean {
  const items = itemsOf(schema);
  if (Array.isArray(value)) return items !== undefined && value.some(item => hasUnknown(item, items));
  if (typeof value !== 'object' || value === null) return false;
  const additional = additionalOf(schema);
  const open =
    schema['x-kubernetes-preserve-unknown-fields'] === true || schema.additionalProperties === true;
  const isResource = resource || schema['x-kubernetes-embedded-resource'] === true;
  return Object.entries(value).some(([name, item]) => {
    if (isResource && ['metadata', 'kind', 'apiVersion'].includes(name)) return false;
    const property = schema.properties?.[name] ?? additional;
    return property ? hasUnknown(item, property) : !open;
  });
}
