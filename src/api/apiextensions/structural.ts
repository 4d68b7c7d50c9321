/**
 * Structural schemas (KEP-1027): types and fields are said outside of allOf, anyOf, oneOf and not, so
 * that what a resource consists of can be read off without evaluating anything. Errors are sorted, as
 * upstream sorts them.
 */
import { child, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { semanticEqual } from '../validation/checks.ts';
import { goRegexError } from '../validation/go-regex.ts';
import { additionalOf, asSchema, itemsOf, propertiesOf, type Schema } from './schema.ts';

type Level = 'root' | 'item' | 'field';

const key = (path: string, name: string) => `${path}[${name}]`;

/** @param path of the schema in the definition: `spec.validation.openAPIV3Schema` */
export function validateStructural(schema: Schema, path: string): FieldError[] {
  const errors = [...validateInvariants(schema, 'root', path), ...validateCompleteness(schema, path)];
  const text = (e: FieldError) => `${e.field}: ${e.body}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

const isIntOrString = (anyOf: readonly Schema[] | undefined) =>
  semanticEqual(anyOf, [{ type: 'integer' }, { type: 'string' }]);

function validateInvariants(schema: Schema, level: Level, path: string): FieldError[] {
  const {
    type = '',
    properties = {},
    'x-kubernetes-embedded-resource': embedded = false,
    'x-kubernetes-int-or-string': intOrString = false,
    'x-kubernetes-preserve-unknown-fields': preserves = false,
  } = schema;
  const [items, additional] = [itemsOf(schema), additionalOf(schema)];
  const typePath = child(path, 'type');
  const errors: FieldError[] = [];
  if (type === 'array' && !items) errors.push(required(child(path, 'items'), 'must be specified'));
  if (items) errors.push(...validateInvariants(items, 'item', child(path, 'items')));
  for (const [name, property] of propertiesOf(schema))
    errors.push(...validateInvariants(property, 'field', key(child(path, 'properties'), name)));
  const additionalPath = child(path, 'additionalProperties');
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    if (level === 'root') errors.push(forbiddenField(additionalPath, 'must not be used at the root'));
  }
  if (additional) errors.push(...validateInvariants(additional, 'field', additionalPath));
  const clash = 'must be false if x-kubernetes-int-or-string is true';
  if (intOrString && preserves)
    errors.push(invalidValue(child(path, 'x-kubernetes-preserve-unknown-fields'), true, clash));
  if (intOrString && embedded)
    errors.push(invalidValue(child(path, 'x-kubernetes-embedded-resource'), true, clash));
  errors.push(
    ...validateJunctors(schema, path, {
      anyOf: isIntOrString(schema.anyOf),
      allOf: isIntOrString(schema.allOf?.[0]?.anyOf),
    }),
  );
  if (embedded && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? invalidValue(typePath, type, why) : required(typePath, why));
  } else if (!type && !intOrString && !preserves) {
    errors.push(required(typePath, `must not be empty ${WHERE[level]}`));
  }
  if (embedded && schema.additionalProperties !== undefined && schema.additionalProperties !== false) {
    errors.push(forbiddenField(additionalPath, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  if (level === 'root' && type && type !== 'object')
    errors.push(invalidValue(typePath, type, 'must be object at the root'));
  const isResource = level === 'root' || embedded;
  for (const name of ['kind', 'apiVersion']) {
    const property = properties[name];
    if (property && isResource && property.type !== 'string') {
      const where = child(key(child(path, 'properties'), name), 'type');
      errors.push(invalidValue(where, property.type ?? '', 'must be string'));
    }
  }
  if (properties.metadata) {
    const where = key(child(path, 'properties'), 'metadata');
    errors.push(...validateMetadata(properties.metadata, isResource, level, where));
  }
  if (embedded && !preserves && Object.keys(properties).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(child(path, 'properties'), why));
  }
  return errors;
}

const WHERE: Readonly<Record<Level, string>> = {
  root: 'at the root',
  item: 'for specified array items',
  field: 'for specified object fields',
};

/** The root's metadata is known: only names may be restricted further. */
function validateMetadata(schema: Schema, isResource: boolean, level: Level, path: string): FieldError[] {
  const errors =
    isResource && schema.type !== 'object'
      ? [invalidValue(child(path, 'type'), schema.type ?? '', 'must be object')]
      : [];
  if (level !== 'root') return errors;
  const names = Object.keys(schema.properties ?? {});
  const { type: _type, default: _default, properties: _properties, ...others } = schema;
  if (Object.keys(others).length === 0 && names.every(n => n === 'name' || n === 'generateName'))
    return errors;
  const why =
    'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [...errors, forbiddenField(path, why)];
}

interface Skipped {
  readonly anyOf: boolean;
  /** The anyOf of the first allOf. */
  readonly allOf: boolean;
}

const NOTHING: Skipped = { anyOf: false, allOf: false };

function validateJunctors(schema: Schema, path: string, skipped: Skipped): FieldError[] {
  const { pattern } = schema;
  const wrong = pattern ? goRegexError(pattern) : undefined;
  const nested = (field: 'anyOf' | 'oneOf') =>
    (schema[field] ?? []).flatMap((part, i) => validateNested(part, `${child(path, field)}[${i}]`, NOTHING));
  return [
    ...(skipped.anyOf ? [] : nested('anyOf')),
    ...(schema.allOf ?? []).flatMap((part, i) =>
      validateNested(part, `${child(path, 'allOf')}[${i}]`, {
        anyOf: skipped.allOf && i === 0,
        allOf: false,
      }),
    ),
    ...nested('oneOf'),
    ...(schema.not ? validateNested(schema.not, child(path, 'not'), NOTHING) : []),
    ...(wrong === undefined
      ? []
      : [
          invalidValue(
            child(path, 'pattern'),
            pattern,
            `must be a valid regular expression, but isn't: ${wrong}`,
          ),
        ]),
  ];
}

/** What may not be said within a junctor, and in which words. */
const FORBIDDEN: readonly (readonly [keyof Schema & string, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function validateNested(schema: Schema, path: string, skipped: Skipped): FieldError[] {
  const items = itemsOf(schema);
  const errors = validateJunctors(schema, path, skipped);
  if (items) errors.push(...validateNested(items, child(path, 'items'), NOTHING));
  for (const [name, property] of propertiesOf(schema))
    errors.push(...validateNested(property, key(child(path, 'properties'), name), NOTHING));
  for (const [field, why] of FORBIDDEN) {
    const value = schema[field];
    const isSet = Array.isArray(value)
      ? value.length > 0
      : field === 'default'
        ? value !== undefined
        : !!value;
    if (isSet) errors.push(forbiddenField(child(path, field), why));
  }
  if (schema.properties?.metadata) {
    const where = key(child(path, 'properties'), 'metadata');
    errors.push(forbiddenField(where, 'must not be specified in a nested context'));
  }
  return errors;
}

/** Whatever a junctor of the whole restricts is said outside of it, too; upstream does not look further in. */
function validateCompleteness(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    (schema[junctor] ?? []).forEach((part, i) => {
      errors.push(...completes(schema, part, path, `${child(path, junctor)}[${i}]`));
    });
  if (schema.not) errors.push(...completes(schema, schema.not, path, child(path, 'not')));
  return errors;
}

function completes(
  outer: Schema | undefined,
  nested: Schema,
  outerPath: string,
  nestedPath: string,
): FieldError[] {
  if (!outer) {
    return [required(outerPath, `because it is defined in ${nestedPath}`)];
  }
  const errors: FieldError[] = [];
  const nestedItems = itemsOf(nested);
  if (nestedItems)
    errors.push(
      ...completes(itemsOf(outer), nestedItems, child(outerPath, 'items'), child(nestedPath, 'items')),
    );
  for (const [name, property] of propertiesOf(nested)) {
    const there = outer.properties?.[name] ?? asSchema(outer.additionalProperties);
    errors.push(
      ...completes(
        there,
        property,
        key(child(outerPath, 'properties'), name),
        key(child(nestedPath, 'properties'), name),
      ),
    );
  }
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const)
    (nested[junctor] ?? []).forEach((part, i) => {
      errors.push(...completes(outer, part, outerPath, `${child(nestedPath, junctor)}[${i}]`));
    });
  if (nested.not) errors.push(...completes(outer, nested.not, outerPath, child(nestedPath, 'not')));
  return errors;
}
