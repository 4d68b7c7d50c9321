/** The rules of field management for a served resource, made once each. */
import type { KindDefinition } from '../../api/kind.ts';
import { apiVersionOf, type KubeObject } from '../../api/object.ts';
import { structType } from '../../api/schema/compile.ts';
import { zeroStruct } from '../../api/schema/zero.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { ServerCore } from '../core.ts';
import type { ResourceRegistry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Writer } from './field-manager.ts';
import { UNKNOWN_MANAGER } from './manager-name.ts';
import type { Rules, Version } from './ownership.ts';
import { resetFields } from './reset-fields.ts';
import { recursiveDifference } from './typed/field-set.ts';
import { type MapShape, shapeOfStruct } from './typed/shape.ts';
import { shapeOfStructural } from './typed/structural-shape.ts';

export interface WriterOptions {
  /** '' for the main resource. */
  readonly subresource: string;
  /** Absent: `unknown`. */
  readonly manager: string | undefined;
}

/** Somebody who writes objects of `resource` in its own form. */
export function writerOf(
  core: ServerCore,
  resource: Resource,
  { subresource, manager }: WriterOptions,
): Writer {
  const { kind } = resource.definition;
  return {
    rules: rulesOf(core.resources, resource, subresource),
    kind,
    subresource,
    manager: manager ?? UNKNOWN_MANAGER,
    now: rfc3339(core.clock.now()),
    empty: () => emptyOf(resource.definition),
  };
}

/** Somebody who writes objects of a kind that is not stored, in its one version (TokenRequest). */
export function writerOfAnswers(
  core: ServerCore,
  kind: { readonly kind: string; readonly apiVersion: string; readonly schema: string },
  { subresource, manager }: WriterOptions,
): Writer {
  return {
    rules: {
      apiVersion: kind.apiVersion,
      shape: shapeOfStruct(structType(kind.schema)),
      version: () => undefined,
      ownable: set => set,
    },
    kind: kind.kind,
    subresource,
    manager: manager ?? UNKNOWN_MANAGER,
    now: rfc3339(core.clock.now()),
    empty: () => emptyObject(kind.schema),
  };
}

function emptyOf(definition: KindDefinition): KubeObject {
  if (!definition.custom) return emptyObject(definition.schema);
  return { kind: definition.kind, apiVersion: apiVersionOf(definition), metadata: {} };
}

const shapeOf = ({ custom, schema }: KindDefinition): MapShape =>
  custom ? shapeOfStructural(custom.schema) : shapeOfStruct(structType(schema));

/** What upstream has before it creates: a struct of Go with nothing set. */
export function emptyObject(schema: string): KubeObject {
  const object = zeroStruct(structType(schema)) as unknown as KubeObject;
  object.metadata ??= {};
  return object;
}

const cache = new WeakMap<Resource, Map<string, Rules>>();

function rulesOf(resources: ResourceRegistry, resource: Resource, subresource: string): Rules {
  let known = cache.get(resource);
  if (!known) {
    known = new Map();
    cache.set(resource, known);
  }
  let rules = known.get(subresource);
  if (!rules) {
    rules = makeRules(resources, resource, subresource);
    known.set(subresource, rules);
  }
  return rules;
}

function makeRules(resources: ResourceRegistry, resource: Resource, subresource: string): Rules {
  const { definition } = resource;
  const reset = resetFields(definition, subresource, definition.subresources?.status !== undefined);
  return {
    apiVersion: resource.apiVersion,
    shape: shapeOf(definition),
    version: apiVersion => otherVersion(resources, resource, apiVersion),
    ownable: set => recursiveDifference(set, reset),
  };
}

/** Undefined: not served, or another storage's. */
function otherVersion(
  resources: ResourceRegistry,
  resource: Resource,
  apiVersion: string,
): Version | undefined {
  const other = resources.lookupKind(apiVersion, resource.definition.kind);
  if (!other || other.storage !== resource.storage) return undefined;
  return {
    shape: shapeOf(other.definition),
    convert: object => fromStored(other, toStored(resource, complete(resource, object))),
    convertBack: object => fromStored(resource, toStored(other, complete(other, object))),
  };
}

/** Conversions are of objects that have their structs, though empty, and no nulls: as decoding leaves them. */
function complete({ definition }: Resource, object: object): object {
  if (definition.custom) return object;
  const out = withoutNulls(object) as Record<string, unknown>;
  for (const { name, type } of structType(definition.schema).fields.values())
    if (type.kind === 'struct') out[name] ??= withoutNulls(zeroStruct(type.struct()));
  return out;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

function toStored({ definition, storage }: Resource, object: object): object {
  return definition === storage ? object : (definition.storage?.toStorage(object as KubeObject) ?? object);
}

function fromStored({ definition, storage }: Resource, object: object): object {
  return definition === storage && !definition.custom
    ? object
    : (definition.storage?.fromStorage(object as KubeObject) ?? object);
}
