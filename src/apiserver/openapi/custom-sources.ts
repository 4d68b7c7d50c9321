/**
 * Types and operations of custom resources, in the form the facts have those of built-in kinds, so
 * that the documents are made of both alike (upstream: apiextensions' controller/openapi builder).
 * Operations are those of a built-in resource of the same scope under other names; types are the
 * structural schemas with what every object has, in version 2 without what clients of it do not bear.
 */
import { isEmbedded, type Structural } from '../../api/custom/structural.ts';
import type { Resource } from '../registry/resource.ts';
import type { JsonObject, Operation, Sources } from './sources.ts';

interface Template {
  readonly path: string;
  readonly plural: string;
  /** As operation ids name group and version, and the kind. */
  readonly prefix: string;
  readonly kind: string;
}

const NAMESPACED: Template = {
  path: '/apis/apps/v1/',
  plural: 'statefulsets',
  prefix: 'AppsV1',
  kind: 'StatefulSet',
};
const CLUSTER: Template = {
  path: '/apis/flowcontrol.apiserver.k8s.io/v1/',
  plural: 'flowschemas',
  prefix: 'FlowcontrolApiserverV1',
  kind: 'FlowSchema',
};

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PRODUCED = ['application/json', 'application/yaml'];
const PATCHES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
];
/** Where the texts of what every object has are taken from. */
const TEXTS_OF = 'io.k8s.api.apps.v1.StatefulSet';

/** Of the OpenAPI document. */
type Version = 'v2' | 'v3';

/** `base` itself where there are none. */
export function withCustomResources(base: Sources, resources: readonly Resource[], as: Version): Sources {
  const custom = resources.filter(r => r.definition.custom !== undefined);
  if (custom.length === 0) return base;
  return {
    ...base,
    operations: Object.assign({}, base.operations, ...custom.map(r => operationsOf(r, base))),
    schemas: Object.assign({}, base.schemas, ...custom.map(r => schemasOf(r, as))),
    descriptions: Object.assign({}, base.descriptions, ...custom.map(r => descriptionsOf(r, base))),
  };
}

function operationsOf({ definition }: Resource, { operations }: Sources): Record<string, Operation> {
  const { group, version, kind, plural, namespaced, subresources } = definition;
  const template = namespaced ? NAMESPACED : CLUSTER;
  const prefix = [...group.split('.').reverse(), version].map(title).join('');
  const found = Object.entries(operations).filter(([key]) => {
    const [, path = ''] = key.split(' ');
    if (!path.startsWith(template.path) || !path.split('/').includes(template.plural)) return false;
    if (path.includes('/watch/')) return false;
    if (path.endsWith('/status')) return subresources?.status !== undefined;
    return !path.endsWith('/scale') || subresources?.scale !== undefined;
  });
  return Object.fromEntries(
    found.map(([key, operation]) => [
      key.replace(template.path, `/apis/${group}/${version}/`).replace(template.plural, plural),
      {
        ...operation,
        produces: PRODUCED,
        ...(operation.consumes.length > 0 ? { consumes: key.startsWith('PATCH ') ? PATCHES : PRODUCED } : {}),
        gvk: operation.gvk?.kind === template.kind ? { group, version, kind } : operation.gvk,
        operationId: operation.operationId.replace(template.prefix, prefix).replace(template.kind, kind),
      },
    ]),
  );
}

const title = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const idOf = ({ definition: { group, version } }: Resource, kind: string) =>
  [...group.split('.').reverse(), version, kind].join('.');

function schemasOf(resource: Resource, as: Version): Record<string, JsonObject> {
  const { group, version, kind, custom } = resource.definition;
  const own = idOf(resource, kind);
  const mark = (name: string) => ({
    'x-kubernetes-group-version-kind': [{ group, kind: name, version }],
  });
  const list = {
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: { type: 'string' },
      items: { type: 'array', items: { $ref: `#/components/schemas/${own}` } },
      kind: { type: 'string' },
      metadata: { allOf: [{ $ref: `#/components/schemas/${META}.ListMeta` }] },
    },
  };
  return {
    [own]: { ...objectOf(custom?.schema ?? {}, as), type: 'object', ...mark(kind) },
    [idOf(resource, resource.listKind)]: { ...list, ...mark(resource.listKind) },
  };
}

/** With unknown fields kept, version 2 must not say any: its clients refuse all others then. */
function objectOf(root: Structural, as: Version): JsonObject {
  if (as === 'v2' && preservesUnknown(root)) return {};
  const { properties, ...rest } = published(root, as);
  return { ...rest, properties: { ...(properties as object | undefined), ...EVERY_OBJECT } };
}

const preservesUnknown = (schema: Structural) => schema['x-kubernetes-preserve-unknown-fields'] === true;

/** The schema as it is published: an embedded resource has what every object has. */
function published(schema: Structural, as: Version): Record<string, unknown> {
  const { properties, items, additionalProperties, ...rest } = as === 'v2' ? forVersion2(schema) : schema;
  const fields = Object.entries(properties ?? {}).map(
    ([name, field]) => [name, published(field, as)] as const,
  );
  const own = isEmbedded(schema) && !(as === 'v2' && preservesUnknown(schema)) ? EVERY_OBJECT : {};
  const all = { ...Object.fromEntries(fields), ...own };
  return {
    ...rest,
    ...(as === 'v3' && schema['x-kubernetes-int-or-string'] && !schema.anyOf && !schema.allOf
      ? { anyOf: INT_OR_STRING }
      : {}),
    ...(Object.keys(all).length > 0 ? { properties: all } : {}),
    ...(items ? { items: published(items, as) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object'
              ? published(additionalProperties, as)
              : additionalProperties,
        }),
  };
}

const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

const JUNCTORS: ReadonlySet<string> = new Set(['allOf', 'oneOf', 'anyOf', 'not']);

/** Upstream's ToStructuralOpenAPIV2, of one level. */
function forVersion2(schema: Structural): Structural {
  const { nullable, type, items, properties, required, ...others } = schema;
  const rest = Object.fromEntries(Object.entries(others).filter(([key]) => !JUNCTORS.has(key)));
  const isOpen = nullable === true || preservesUnknown(schema);
  const isUntyped =
    nullable === true || (type === 'array' && (isOpen || !items)) || (type === 'object' && isOpen);
  const values = schema.additionalProperties;
  const needed = (required ?? []).filter(name => isOpen || properties?.[name]?.nullable !== true);
  const isNeeded = needed.length > 0 && !(typeof values === 'object' && values.nullable === true);
  return {
    ...rest,
    ...(type === undefined || isUntyped ? {} : { type }),
    ...(items && !isOpen ? { items } : {}),
    ...(properties && !isOpen ? { properties } : {}),
    ...(isNeeded ? { required: needed } : {}),
  };
}

const EVERY_OBJECT = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { allOf: [{ $ref: `#/components/schemas/${META}.ObjectMeta` }] },
};

function descriptionsOf(resource: Resource, { descriptions }: Sources): Sources['descriptions'] {
  const { kind, custom } = resource.definition;
  const texts = descriptions[TEXTS_OF] ?? {};
  const list = descriptions[`${TEXTS_OF}List`] ?? {};
  const common = Object.fromEntries(
    ['apiVersion', 'kind', 'metadata'].flatMap(name => (texts[name] ? [[name, texts[name]]] : [])),
  );
  const items =
    'List of items. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
  return {
    [idOf(resource, kind)]: {
      ...common,
      ...(custom?.schema.description ? { '': custom.schema.description } : {}),
    },
    [idOf(resource, resource.listKind)]: {
      ...common,
      metadata: list['metadata'] ?? '',
      items: items.replace('items', resource.definition.plural),
      '': `${resource.listKind} is a list of ${kind}`,
    },
  };
}
