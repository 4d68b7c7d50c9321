/**
 * Checks a value against a schema, in the words of go-openapi's validator, which upstream uses. `path`
 * names the value in the errors; the messages themselves say `in body`, as upstream's do.
 */
import {
  child,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '../field-error.ts';
import { semanticEqual } from '../validation/checks.ts';
import { goRegexError } from '../validation/go-regex.ts';
import { additionalOf, itemsOf, propertiesOf, type Schema } from './schema.ts';

export function validateValue(value: unknown, schema: Schema, path: string): FieldError[] {
  if (value === null && schema.nullable) return [];
  const wrongType = typeError(value, schema, path);
  if (wrongType) return [wrongType];
  const errors: FieldError[] = [];
  if (schema.enum && !schema.enum.some(allowed => semanticEqual(allowed, value)))
    errors.push(
      notSupported(
        path,
        value,
        schema.enum.map(v => (typeof v === 'string' ? v : JSON.stringify(v))),
      ),
    );
  if (typeof value === 'number') errors.push(...validateNumber(value, schema, path));
  if (typeof value === 'string') errors.push(...validateString(value, schema, path));
  if (Array.isArray(value)) errors.push(...validateList(value, schema, path));
  else if (isMap(value)) errors.push(...validateMap(value, schema, path));
  return [...errors, ...validateJunctors(value, schema, path)];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const said = (path: string, value: unknown, what: string) => invalidValue(path, value, ` in body ${what}`);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeError(value: unknown, schema: Schema, path: string): FieldError | undefined {
  const type = typeOf(value);
  const wanted = schema['x-kubernetes-int-or-string']
    ? ['integer', 'string']
    : schema.type
      ? [schema.type]
      : [];
  const fits =
    wanted.length === 0 || wanted.includes(type) || (type === 'integer' && wanted.includes('number'));
  if (fits) return undefined;
  const body = `Invalid value: "${type}":  in body must be of type ${wanted.join(',')}: "${type}"`;
  return { field: path, reason: 'FieldValueTypeInvalid', body };
}

function validateNumber(value: number, schema: Schema, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf))
    errors.push(said(path, value, `should be a multiple of ${multipleOf}`));
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    errors.push(said(path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`));
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    errors.push(
      said(path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`),
    );
  return errors;
}

function validateString(value: string, schema: Schema, path: string): FieldError[] {
  const { minLength, maxLength, pattern } = schema;
  const length = Array.from(value).length;
  const errors: FieldError[] = [];
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
  if (minLength !== undefined && length < minLength)
    errors.push(said(path, value, `should be at least ${minLength} chars long`));
  if (pattern && goRegexError(pattern) === undefined && !matches(pattern, value))
    errors.push(said(path, value, `should match '${pattern}'`));
  return errors;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function validateList(value: readonly unknown[], schema: Schema, path: string): FieldError[] {
  const { minItems, maxItems } = schema;
  const items = itemsOf(schema);
  const errors: FieldError[] = [];
  if (minItems !== undefined && value.length < minItems)
    errors.push(said(path, value.length, `should have at least ${minItems} items`));
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  return items
    ? [...errors, ...value.flatMap((item, i) => validateValue(item, items, `${path}[${i}]`))]
    : errors;
}

function validateMap(value: Record<string, unknown>, schema: Schema, path: string): FieldError[] {
  const { minProperties, maxProperties, properties = {} } = schema;
  const count = Object.keys(value).length;
  const additional = additionalOf(schema);
  const errors: FieldError[] = [];
  if (minProperties !== undefined && count < minProperties)
    errors.push(said(path, count, `should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
  for (const name of schema.required ?? []) if (!(name in value)) errors.push(required(child(path, name)));
  for (const [name, property] of propertiesOf(schema))
    if (name in value) errors.push(...validateValue(value[name], property, child(path, name)));
  for (const [name, item] of Object.entries(value))
    if (additional && !(name in properties))
      errors.push(...validateValue(item, additional, child(path, name)));
  return errors;
}

function validateJunctors(value: unknown, schema: Schema, path: string): FieldError[] {
  const holds = (part: Schema) => validateValue(value, part, path).length === 0;
  const errors = (schema.allOf ?? []).flatMap(part => validateValue(value, part, path));
  const fail = (what: string) => errors.push(said(path, '', what));
  if (schema.anyOf && !schema.anyOf.some(holds)) fail('must validate at least one schema (anyOf)');
  if (schema.oneOf && schema.oneOf.filter(holds).length !== 1)
    fail('must validate one and only one schema (oneOf). Found none valid');
  if (schema.not && holds(schema.not)) fail('must not validate the schema (not)');
  return errors;
}
