/**
 * What every schema within a custom resource's must keep to, structural or not (upstream:
 * ValidateCustomResourceDefinitionOpenAPISchema), and the rules in it that are compiled.
 */
import {
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { isFieldPath } from './field-path.ts';
import { validateListType, validateMapListKeys } from './list-types.ts';
import { additionalOf, asSchema, itemListOf, itemsOf, propertiesOf, type Schema } from './schema.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const META = ['metadata', 'kind', 'apiVersion'];
const REASONS = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** Compiles the rules of one schema. `uncorrelatable`: the part of the schema where oldSelf makes no sense. */
export type CompileRules = (
  schema: Schema,
  path: string,
  place: {
    readonly root: boolean;
    readonly uncorrelatable: string | undefined;
    readonly cardinality: number | undefined;
  },
) => readonly FieldError[];

interface Place {
  readonly path: string;
  readonly root: boolean;
  /** Within the metadata of a resource. */
  readonly insideMeta: boolean;
  /** Why there may be no default here; undefined: there may. */
  readonly noDefaults: string | undefined;
  readonly uncorrelatable: string | undefined;
  /** How often the value can occur at most; undefined: nobody knows. */
  readonly cardinality: number | undefined;
  /** Within a junctor nothing is compiled. */
  readonly compiles: boolean;
}

interface Errors {
  readonly schema: FieldError[];
  readonly rules: FieldError[];
}

/** Errors of the schema, then those of its rules. `compile` is absent where the schema is not structural. */
export function validateOpenApiSchema(schema: Schema, path: string, compile?: CompileRules): FieldError[] {
  const { schema: errors, rules } = validate(
    schema,
    {
      path,
      root: true,
      insideMeta: false,
      noDefaults: undefined,
      uncorrelatable: undefined,
      cardinality: 1,
      compiles: compile !== undefined,
    },
    compile,
  );
  return [...errors, ...rules];
}

function validate(schema: Schema, place: Place, compile: CompileRules | undefined): Errors {
  const { path } = place;
  const errors: Errors = { schema: validateForbidden(schema, place), rules: [] };
  const add = ({ schema: s, rules }: Errors) => {
    errors.schema.push(...s);
    errors.rules.push(...rules);
  };
  const inner = (part: Schema | undefined, at: string, changed: Partial<Place> = {}) => {
    if (part) add(validate(part, { ...place, root: false, ...changed, path: at }, compile));
  };
  const nested = { compiles: false };
  if (schema.uniqueItems) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.schema.push(forbiddenField(child(path, 'uniqueItems'), why));
  }
  validateAdditional(schema, place, errors, inner);
  const meta = place.root || schema['x-kubernetes-embedded-resource'] === true;
  const correlates = schema['x-kubernetes-map-type'] !== 'atomic';
  for (const [name, property] of propertiesOf(schema)) {
    const isMeta = meta && META.includes(name);
    inner(property, `${child(path, 'properties')}[${name}]`, {
      ...(correlates ? {} : { uncorrelatable: place.uncorrelatable ?? path }),
      ...(isMeta ? { insideMeta: true } : {}),
      ...(isMeta && place.root ? { noDefaults: `in top-level ${name}` } : {}),
    });
  }
  inner(schema.not, child(path, 'not'), nested);
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const)
    (schema[junctor] ?? []).forEach((part, i) => inner(part, `${child(path, junctor)}[${i}]`, nested));
  for (const [name, part] of Object.entries(schema.definitions ?? {}))
    inner(part, `${child(path, 'definitions')}[${name}]`, nested);
  const list = {
    ...(schema['x-kubernetes-list-type'] === 'map' ? {} : { uncorrelatable: place.uncorrelatable ?? path }),
    cardinality: times(place.cardinality, schema.maxItems),
  };
  inner(itemsOf(schema), child(path, 'items'), list);
  itemListOf(schema).forEach((part, i) => inner(part, `${child(path, 'items')}[${i}]`, list));
  for (const [name, part] of Object.entries(schema.dependencies ?? {}))
    inner(asSchema(part), `${child(path, 'dependencies')}[${name}]`, nested);
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const where = child(path, 'x-kubernetes-preserve-unknown-fields');
    errors.schema.push(invalidValue(where, false, 'must be true or undefined'));
  }
  errors.schema.push(...validateMapType(schema, path), ...validateListType(schema, path));
  errors.schema.push(...validateMapListKeys(schema, path), ...validateRules(schema, path));
  if (errors.schema.length === 0 && place.compiles && schema['x-kubernetes-validations']?.length)
    errors.rules.push(...(compile?.(schema, path, place) ?? []));
  return errors;
}

const times = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? undefined : a * b;

function validateAdditional(
  schema: Schema,
  place: Place,
  errors: Errors,
  inner: (part: Schema | undefined, at: string, changed?: Partial<Place>) => void,
): void {
  const { additionalProperties } = schema;
  if (additionalProperties === undefined) return;
  const path = child(place.path, 'additionalProperties');
  if (Object.keys(schema.properties ?? {}).length > 0 && additionalProperties !== true) {
    const why = 'additionalProperties and properties are mutual exclusive';
    errors.schema.push(forbiddenField(path, why));
  }
  inner(additionalOf(schema), path, {
    ...(place.insideMeta ? { noDefaults: 'inside additionalProperties applying to object metadata' } : {}),
    cardinality: times(place.cardinality, schema.maxProperties),
  });
}

/** What JSON schema knows and custom resources do not. */
function validateForbidden(schema: Schema, { path, insideMeta, noDefaults }: Place): FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const forbid = (field: string, why: string) => errors.push(forbiddenField(child(path, field), why));
  if (type && !TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, TYPES));
  if (schema.default !== undefined && noDefaults !== undefined)
    forbid('default', `must not be set ${noDefaults}`);
  if (schema.id) forbid('id', 'id is not supported');
  if (schema.additionalItems !== undefined) forbid('additionalItems', 'additionalItems is not supported');
  if (Object.keys(schema.patternProperties ?? {}).length > 0)
    forbid('patternProperties', 'patternProperties is not supported');
  if (Object.keys(schema.definitions ?? {}).length > 0) forbid('definitions', 'definitions is not supported');
  if (schema.dependencies !== undefined) forbid('dependencies', 'dependencies is not supported');
  if (schema.$ref !== undefined) forbid('$ref', '$ref is not supported');
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (itemListOf(schema).length > 0) forbid('items', 'items must be a schema object and not an array');
  if (insideMeta && schema['x-kubernetes-embedded-resource'])
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  return errors;
}

function validateMapType(schema: Schema, path: string): FieldError[] {
  const { type = '', 'x-kubernetes-map-type': mapType } = schema;
  if (mapType === undefined) return [];
  const why = 'must be object if x-kubernetes-map-type is specified';
  const where = child(path, 'type');
  return [
    ...(type === 'object' ? [] : [type ? invalidValue(where, type, why) : required(where, why)]),
    ...(mapType === 'atomic' || mapType === 'granular'
      ? []
      : [notSupported(child(path, 'x-kubernetes-map-type'), mapType, ['atomic', 'granular'])]),
  ];
}

const hasNewlines = (text: string) => /[\n\r]/.test(text);

/** The rules' own fields; their expressions are compiled elsewhere. */
function validateRules(schema: Schema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((validation, i) => {
    const { rule, message = '', messageExpression = '', reason, fieldPath = '' } = validation;
    const at = (field: string) => `${child(path, 'x-kubernetes-validations')}[${i}].${field}`;
    const errors: FieldError[] = [];
    const nonEmpty = 'must be non-empty if specified';
    const breaks = 'must not contain line breaks';
    if (!rule.trim()) errors.push(required(at('rule'), 'rule is not specified'));
    else if (message && !message.trim()) errors.push(invalidValue(at('message'), message, nonEmpty));
    else if (hasNewlines(message.trim())) errors.push(invalidValue(at('message'), message, breaks));
    else if (hasNewlines(rule.trim()) && !message.trim())
      errors.push(required(at('message'), 'message must be specified if rule contains line breaks'));
    if (messageExpression && !messageExpression.trim())
      errors.push(required(at('messageExpression'), nonEmpty));
    if (reason !== undefined && !REASONS.includes(reason))
      errors.push(notSupported(at('reason'), reason, REASONS));
    if (fieldPath && !fieldPath.trim()) errors.push(invalidValue(at('fieldPath'), fieldPath, nonEmpty));
    if (hasNewlines(fieldPath)) errors.push(invalidValue(at('fieldPath'), fieldPath, breaks));
    if (fieldPath && !isFieldPath(fieldPath, schema))
      errors.push(invalidValue(at('fieldPath'), fieldPath, 'must be a valid path'));
    return errors;
  });
}
