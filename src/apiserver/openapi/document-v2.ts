/** The OpenAPI v2 document of everything, for clients that predate v3. Pure. */
import { BEARER_TOKEN, type PathItem, type Paths, TITLE } from './document-v3.ts';
import type { PathOperation } from './operations.ts';
import type { Parameter } from './parameters.ts';
import { closure, described } from './schemas.ts';
import type { JsonObject, Sources } from './sources.ts';

const V3_REF = '#/components/schemas/';
const V2_REF = '#/definitions/';
/** Bodies that many operations have; upstream's ids, which are hashes. */
const SHARED_BODIES: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions': 'body-2Y1dVQaQ',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'body-78PwaGsr',
};

export function documentV2(groups: readonly Paths[], sources: Sources, version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  const shared: Record<string, JsonObject> = {};
  const used = new Set<string>();
  for (const group of groups)
    for (const [path, item] of Object.entries(group)) {
      paths[path] = pathItemV2(item, shared);
      for (const operation of Object.values(item.operations))
        for (const id of operation.schemas) used.add(id);
    }
  const definitions = closure(used, sources.schemas).map(id => [id, convert(described(id, sources))]);
  return {
    swagger: '2.0',
    info: { title: TITLE, version },
    paths: sorted(paths),
    definitions: Object.fromEntries(definitions),
    parameters: sorted(shared),
    securityDefinitions: { BearerToken: BEARER_TOKEN },
    security: [{ BearerToken: [] }],
  };
}

function pathItemV2({ common, operations }: PathItem, shared: Record<string, JsonObject>): JsonObject {
  const methods = Object.entries(operations).map(([method, operation]) => [
    method,
    operationV2(operation, shared),
  ]);
  return {
    ...Object.fromEntries(methods),
    ...(common.length > 0 ? { parameters: common.map(p => parameterV2(p, shared)) } : {}),
  };
}

function parameterV2(
  { id, name, in: where, description, type }: Parameter,
  shared: Record<string, JsonObject>,
) {
  const parameter = {
    ...(description === undefined ? {} : { description }),
    in: where,
    name,
    ...(where === 'path' ? { required: true } : {}),
    type,
    uniqueItems: true,
  };
  return id === undefined ? parameter : share(id, parameter, shared);
}

/** Written once for the document; where it is needed stands a reference. */
function share(id: string, parameter: JsonObject, shared: Record<string, JsonObject>): JsonObject {
  shared[id] = parameter;
  return { $ref: `#/parameters/${id}` };
}

interface V3Parts {
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: JsonObject }>>;
    readonly required?: boolean;
  };
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { readonly schema: JsonObject }>>;
      }
    >
  >;
}

function operationV2(
  { operation, parameters }: PathOperation,
  shared: Record<string, JsonObject>,
): JsonObject {
  const { requestBody, responses = {}, ...rest } = operation as V3Parts;
  const produces = Object.values(responses).flatMap(({ content = {} }) => Object.keys(content));
  const all = [
    ...parameters.map(p => parameterV2(p, shared)),
    ...(requestBody ? [bodyV2(requestBody, shared)] : []),
  ];
  return {
    ...rest,
    consumes: requestBody ? Object.keys(requestBody.content) : ['*/*'],
    produces: [...new Set(produces)],
    schemes: ['https'],
    ...(all.length > 0 ? { parameters: all } : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([code, { description, content }]) => {
        const schema = content && Object.values(content)[0]?.schema;
        return [code, { description, ...(schema ? { schema: convert(schema) } : {}) }];
      }),
    ),
  };
}

function bodyV2(
  { content, required }: NonNullable<V3Parts['requestBody']>,
  shared: Record<string, JsonObject>,
): JsonObject {
  const schema = Object.values(content)[0]?.schema ?? {};
  const body = { in: 'body', name: 'body', ...(required ? { required: true } : {}), schema: convert(schema) };
  const ref = schema['$ref'];
  const id = typeof ref === 'string' ? SHARED_BODIES[ref.slice(V3_REF.length)] : undefined;
  return id === undefined ? body : share(id, body, shared);
}

/**
 * A type as v2 says it: neither oneOf nor anyOf nor a reference wrapped in allOf; and without
 * defaults, which upstream prunes there.
 */
function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, oneOf, anyOf, $ref, properties, ...rest } = value as {
    allOf?: readonly JsonObject[];
    oneOf?: unknown;
    anyOf?: unknown;
    $ref?: string;
    properties?: JsonObject;
  };
  const reference = $ref ?? (allOf?.length === 1 ? (allOf[0]?.['$ref'] as string | undefined) : undefined);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(rest)) if (key !== 'default') out[key] = convert(item);
  // Names of fields, not words of OpenAPI: JSONSchemaProps has fields called default and oneOf.
  if (properties)
    out['properties'] = Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, convert(v)]));
  if (reference !== undefined) out['$ref'] = reference.replace(V3_REF, V2_REF);
  if ((oneOf || anyOf) && out['type'] === undefined) out['type'] = 'string';
  return out;
}

const sorted = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
