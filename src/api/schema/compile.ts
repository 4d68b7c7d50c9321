/**
 * Compiles facts/schemas.json (OpenAPI v3, without descriptions) to StructTypes. The file is read
 * once, at the first use; each type is compiled when it is first asked for, so that a client that
 * decodes three kinds does not pay for six hundred.
 */
import { readFileSync } from 'node:fs';
import {
  embeddedNames,
  isOmittedStruct,
  isOmittedThoughRequired,
  isPointerNumberStruct,
  isPointerScalar,
  isPointerString,
  isPointerTime,
  isWritten,
} from './go-facts.ts';
import { listTypeName, mapTypeName, stringTypeName } from './go-names.ts';
import type { Field, FieldType, StructType } from './types.ts';

/** What of OpenAPI v3 the facts use. */
interface OpenApiSchema {
  readonly type?: 'string' | 'boolean' | 'integer' | 'number' | 'object' | 'array';
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema;
  readonly items?: OpenApiSchema;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly $ref?: string;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

type Schemas = Readonly<Record<string, OpenApiSchema>>;
let loaded: Schemas | undefined;

/** All types by their OpenAPI id, as the facts have them. */
export function allSchemas(): Schemas {
  loaded ??= JSON.parse(readFileSync(new URL('../facts/schemas.json', import.meta.url), 'utf8')) as Schemas;
  return loaded;
}

const compiled = new Map<string, StructType>();

/** The type with that OpenAPI id (io.k8s.api.core.v1.Pod). Throws when there is none. */
export function structType(id: string): StructType {
  let type = compiled.get(id);
  if (!type) {
    const schema = allSchemas()[id];
    if (!schema?.properties) throw new Error(`Cannot find the struct type ${id} in facts/schemas.json`);
    type = compile(id, schema);
    compiled.set(id, type);
  }
  return type;
}

const lastPart = (id: string) => id.slice(id.lastIndexOf('.') + 1);
/** The Go package of a type: `v1` of io.k8s.api.core.v1.Pod. */
const packageOf = (id: string) => id.split('.').at(-2) ?? '';
const refId = (schema: OpenApiSchema) => {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return ref === undefined ? undefined : ref.slice(ref.lastIndexOf('/') + 1);
};

function compile(id: string, schema: OpenApiSchema): StructType {
  const name = lastPart(id);
  const fields = new Map<string, Field>();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(key) ?? false;
    fields.set(key, compileField({ id, name, key, property, required }));
  }
  const mapType = schema['x-kubernetes-map-type'];
  return {
    id,
    name,
    fields,
    written: [...fields.values()].filter(f => f.whenZero === 'write'),
    ...(mapType ? { mapType } : {}),
  };
}

interface FieldSource {
  readonly id: string;
  readonly name: string;
  readonly key: string;
  readonly property: OpenApiSchema;
  readonly required: boolean;
}

function compileField(source: FieldSource): Field {
  const { name, key, property } = source;
  const type = fieldType(property, name, key, packageOf(source.id));
  const listType = property['x-kubernetes-list-type'];
  const listMapKeys = property['x-kubernetes-list-map-keys'];
  const patchMergeKey = property['x-kubernetes-patch-merge-key'];
  const patchStrategy = property['x-kubernetes-patch-strategy'];
  const mapType = property['x-kubernetes-map-type'];
  return {
    name: key,
    type,
    ...presence(source, type),
    embedded: embeddedNames(name, key),
    ...(listType ? { listType } : {}),
    ...(listMapKeys ? { listMapKeys } : {}),
    ...(patchMergeKey ? { patchMergeKey } : {}),
    ...(patchStrategy ? { patchStrategy } : {}),
    ...(mapType ? { mapType } : {}),
  };
}

/** Pointer or value, written or left out when zero: see go-facts.ts for what OpenAPI does not say. */
function presence(
  { name, key, property, required }: FieldSource,
  type: FieldType,
): Pick<Field, 'pointer' | 'whenZero'> {
  const writes =
    isWritten(name, key) || (required && !isOmittedThoughRequired(name, key) && key !== 'apiVersion');
  switch (type.kind) {
    case 'string':
      if (required) {
        const whenZero = property.default === '' ? 'write' : 'omit';
        return { pointer: isPointerString(name, key), whenZero };
      }
      return { pointer: isPointerString(name, key), whenZero: writes ? 'write' : 'omit' };
    case 'bool':
    case 'int32':
    case 'int64':
    case 'double':
      if (writes) return { pointer: false, whenZero: 'write' };
      return { pointer: isPointerScalar(name, key), whenZero: 'omit' };
    case 'time':
    case 'microTime':
      return isPointerTime(name, key)
        ? { pointer: true, whenZero: 'omit' }
        : { pointer: false, whenZero: 'write' };
    case 'quantity':
    case 'intOrString':
      return isPointerNumberStruct(name, key)
        ? { pointer: true, whenZero: 'omit' }
        : { pointer: false, whenZero: 'write' };
    case 'list':
    case 'map':
    case 'bytes':
      return { pointer: false, whenZero: writes ? 'write' : 'omit' };
    case 'struct':
      return isEmptyObject(property.default) && !isOmittedStruct(name, key)
        ? { pointer: false, whenZero: 'write' }
        : { pointer: true, whenZero: 'omit' };
    default:
      return { pointer: true, whenZero: 'omit' };
  }
}

const isEmptyObject = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

function fieldType(schema: OpenApiSchema, owner: string, key: string, version: string): FieldType {
  const ref = refId(schema);
  if (ref !== undefined) return referenced(ref);
  switch (schema.type) {
    case 'string':
      if (schema.format === 'byte') return { kind: 'bytes', goName: '[]uint8' };
      return { kind: 'string', goName: stringTypeName(owner, key, version) };
    case 'boolean':
      return { kind: 'bool', goName: 'bool' };
    case 'integer':
      return schema.format === 'int64'
        ? { kind: 'int64', goName: 'int64' }
        : { kind: 'int32', goName: 'int32' };
    case 'number':
      return { kind: 'double', goName: 'float64' };
    case 'array': {
      const items = fieldType(schema.items ?? {}, owner, key, version);
      return { kind: 'list', items, goName: listTypeName(owner, key, version) ?? `[]${items.goName}` };
    }
    case 'object':
      if (schema.additionalProperties) {
        const values = fieldType(schema.additionalProperties, owner, `${key}[]`, version);
        return {
          kind: 'map',
          values,
          goName: mapTypeName(owner, key, version) ?? `map[string]${values.goName}`,
        };
      }
      return { kind: 'any', goName: 'interface {}' };
    default:
      return { kind: 'any', goName: 'interface {}' };
  }
}

const SPECIAL: Readonly<Record<string, FieldType>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { kind: 'quantity', goName: 'resource.Quantity' },
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { kind: 'intOrString', goName: 'intstr.IntOrString' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': { kind: 'time', goName: 'v1.Time' },
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': { kind: 'microTime', goName: 'v1.MicroTime' },
};

const EITHER = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOr';

function referenced(id: string): FieldType {
  const special = SPECIAL[id];
  if (special) return special;
  const goName = `${packageOf(id)}.${lastPart(id)}`;
  if (id.startsWith(EITHER)) {
    const props = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
    const or = id.slice(EITHER.length) as 'Bool' | 'Array' | 'StringArray';
    return { kind: 'structOrAny', goName, struct: () => structType(props), or };
  }
  const schema = allSchemas()[id];
  if (schema?.properties) return { kind: 'struct', goName, struct: () => structType(id) };
  if (schema?.type === 'array' || schema?.additionalProperties) {
    return { ...fieldType(schema, lastPart(id), '', packageOf(id)), goName };
  }
  return { kind: 'any', goName };
}
