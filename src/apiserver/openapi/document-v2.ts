/** The OpenAPI v2 document of everything, for clients that predate v3. Pure; made from the v3 documents. */
import type { JsonObject } from './sources.ts';

export function documentV2(documents: readonly JsonObject[], version: string): JsonObject {
  const paths: Record<string, unknown> = {};
  const definitions: Record<string, unknown> = {};
  for (const document of documents) {
    for (const [path, item] of Object.entries(document['paths'] as Readonly<Record<string, JsonObject>>))
      paths[path] = pathItem(item);
    const components = document['components'] as { readonly schemas: JsonObject };
    for (const [id, schema] of Object.entries(components.schemas)) definitions[id] ??= convert(schema);
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

function pathItem(item: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => [method, operationV2(operation as JsonObject)]),
  );
}

interface V3Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly schema?: JsonObject;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
    readonly required?: boolean;
  };
  readonly responses?: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { readonly schema: unknown }>>;
      }
    >
  >;
}

function operationV2(operation: JsonObject): JsonObject {
  const { parameters = [], requestBody, responses = {}, ...rest } = operation as V3Operation;
  const body = requestBody && Object.values(requestBody.content)[0];
  return {
    ...rest,
    consumes: requestBody ? Object.keys(requestBody.content) : ['*/*'],
    produces: ['application/json', 'application/yaml'],
    schemes: ['https'],
    parameters: [
      ...parameters.map(({ schema, ...parameter }) => ({ ...parameter, ...schema })),
      ...(body
        ? [
            {
              name: 'body',
              in: 'body',
              ...(requestBody.required ? { required: true } : {}),
              schema: convert(body.schema),
            },
          ]
        : []),
    ],
    responses: Object.fromEntries(
      Object.entries(responses).map(([code, { description, content }]) => {
        const schema = content && Object.values(content)[0]?.schema;
        return [code, { description, ...(schema ? { schema: convert(schema) } : {}) }];
      }),
    ),
  };
}

/** By their names, which may be those of keywords: a JSONSchemaProps has a `$ref`. */
const properties = (value: unknown): unknown =>
  Object.fromEntries(Object.entries(value as JsonObject).map(([name, schema]) => [name, convert(schema)]));

/** v2 knows neither oneOf nor a reference wrapped in allOf, nor defaults that are objects. */
function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  const {
    allOf,
    oneOf,
    anyOf,
    default: initial,
    $ref,
    ...rest
  } = value as {
    allOf?: readonly JsonObject[];
    oneOf?: unknown;
    anyOf?: unknown;
    default?: unknown;
    $ref?: string;
  };
  const reference = $ref ?? (allOf?.length === 1 ? (allOf[0]?.['$ref'] as string | undefined) : undefined);
  const out: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(rest))
    out[key] = key === 'properties' ? properties(item) : convert(item);
  if (reference !== undefined) out['$ref'] = reference.replace('#/components/schemas/', '#/definitions/');
  if ((oneOf || anyOf) && out['type'] === undefined) out['type'] = 'string';
  if (initial !== undefined && typeof initial !== 'object') out['default'] = initial;
  return out;
}

const sorted = (record: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
