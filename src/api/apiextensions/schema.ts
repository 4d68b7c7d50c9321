/** OpenAPI schemas of custom resources: their parts, with the unions of the wire form told apart. */
import type { JSONSchemaProps } from '../../generated/apiextensions-v1.ts';
import type { Structural } from '../custom/structural.ts';

export type Schema = JSONSchemaProps;

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `items` as one schema; undefined when it is missing or a list. */
export const itemsOf = ({ items }: Schema): Schema | undefined => (isSchema(items) ? items : undefined);

/** `items` as a list of schemas, which JSON schema knows and custom resources may not use. */
export const itemListOf = ({ items }: Schema): readonly Schema[] =>
  Array.isArray(items) ? items.filter(isSchema) : [];

/** `additionalProperties` as a schema; undefined when it is missing, true or false. */
export const additionalOf = ({ additionalProperties: a }: Schema): Schema | undefined =>
  isSchema(a) ? a : undefined;

export const asSchema = (value: unknown): Schema | undefined => (isSchema(value) ? value : undefined);

/** As the validator of custom resources knows it; what structural schemas may not have means nothing to it. */
export const structuralOf = (schema: Schema): Structural => schema as Structural;

/** Sorted, so that errors have one order. */
export const propertiesOf = ({ properties }: Schema): readonly (readonly [string, Schema])[] =>
  Object.entries(properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** The schema and all within it for which that can be said. */
export function someSchema(schema: Schema | undefined, is: (schema: Schema) => boolean): boolean {
  if (!schema) return false;
  if (is(schema)) return true;
  const inner = [
    itemsOf(schema),
    ...itemListOf(schema),
    ...(schema.allOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    schema.not,
    ...propertiesOf(schema).map(([, property]) => property),
    additionalOf(schema),
  ];
  return inner.some(part => someSchema(part, is));
}

/** As upstream's struct prints: it has no JSON names, and shows every field. */
export function shownSchema(schema: Schema): Record<string, unknown> {
  const many = (list: readonly Schema[] | undefined) => (list ? list.map(shownSchema) : null);
  const map = (of: Readonly<Record<string, Schema>> | undefined) =>
    of ? Object.fromEntries(propertiesOf({ properties: of }).map(([k, v]) => [k, shownSchema(v)])) : null;
  const orBool = (value: unknown) =>
    value === undefined
      ? null
      : { Allows: value !== false, Schema: isSchema(value) ? shownSchema(value) : null };
  const items = itemsOf(schema);
  const list = itemListOf(schema);
  return {
    ID: schema.id ?? '',
    Schema: schema.$schema ?? '',
    Ref: schema.$ref ?? null,
    Description: schema.description ?? '',
    Type: schema.type ?? '',
    Nullable: schema.nullable ?? false,
    Format: schema.format ?? '',
    Title: schema.title ?? '',
    Default: schema.default ?? null,
    Maximum: schema.maximum ?? null,
    ExclusiveMaximum: schema.exclusiveMaximum ?? false,
    Minimum: schema.minimum ?? null,
    ExclusiveMinimum: schema.exclusiveMinimum ?? false,
    MaxLength: schema.maxLength ?? null,
    MinLength: schema.minLength ?? null,
    Pattern: schema.pattern ?? '',
    MaxItems: schema.maxItems ?? null,
    MinItems: schema.minItems ?? null,
    UniqueItems: schema.uniqueItems ?? false,
    MultipleOf: schema.multipleOf ?? null,
    Enum: schema.enum ?? null,
    MaxProperties: schema.maxProperties ?? null,
    MinProperties: schema.minProperties ?? null,
    Required: schema.required ?? null,
    Items:
      items || list.length > 0
        ? { Schema: items ? shownSchema(items) : null, JSONSchemas: many(list.length > 0 ? list : undefined) }
        : null,
    AllOf: many(schema.allOf),
    OneOf: many(schema.oneOf),
    AnyOf: many(schema.anyOf),
    Not: schema.not ? shownSchema(schema.not) : null,
    Properties: map(schema.properties),
    AdditionalProperties: orBool(schema.additionalProperties),
    PatternProperties: map(schema.patternProperties),
    Dependencies: schema.dependencies ?? null,
    AdditionalItems: orBool(schema.additionalItems),
    Definitions: map(schema.definitions),
    ExternalDocs: schema.externalDocs
      ? { Description: schema.externalDocs.description ?? '', URL: schema.externalDocs.url ?? '' }
      : null,
    Example: schema.example ?? null,
    XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null,
    XEmbeddedResource: schema['x-kubernetes-embedded-resource'] ?? false,
    XIntOrString: schema['x-kubernetes-int-or-string'] ?? false,
    XListMapKeys: schema['x-kubernetes-list-map-keys'] ?? null,
    XListType: schema['x-kubernetes-list-type'] ?? null,
    XMapType: schema['x-kubernetes-map-type'] ?? null,
    XValidations: schema['x-kubernetes-validations']?.map(shownRule) ?? null,
  };
}

/** A rule as messages print it. */
export const shownRule = (rule: NonNullable<Schema['x-kubernetes-validations']>[number]) => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});
