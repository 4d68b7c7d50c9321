import type { ValidationRule } from '../../generated/apiextensions-v1.ts';

/**
 * The schema of a custom resource as its CustomResourceDefinition has it: a structural schema
 * (Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions",
 * "Specifying a structural schema"), in the JSON form of JSONSchemaProps. Never changed.
 */
export interface Structural {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural | boolean;
  readonly items?: Structural;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Structural[];
  readonly anyOf?: readonly Structural[];
  readonly oneOf?: readonly Structural[];
  readonly not?: Structural;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What every object has, whatever its schema says: at the root, and in embedded resources. */
export const META_FIELDS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

export const preserves = (schema: Structural | undefined): boolean =>
  schema?.['x-kubernetes-preserve-unknown-fields'] === true;

export const isEmbedded = (schema: Structural): boolean => schema['x-kubernetes-embedded-resource'] === true;

/** The schema of a field: of its own, or that of all additional ones. `true` says nothing of the value. */
export function fieldSchema(schema: Structural, name: string): Structural | undefined {
  const own = schema.properties;
  if (own && Object.hasOwn(own, name)) return own[name];
  return additional(schema);
}

export const hasField = (schema: Structural, name: string): boolean =>
  Object.hasOwn(schema.properties ?? {}, name);

export function additional({ additionalProperties }: Structural): Structural | undefined {
  if (additionalProperties === true) return {};
  return additionalProperties === false ? undefined : additionalProperties;
}
