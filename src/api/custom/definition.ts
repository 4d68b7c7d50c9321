/**
 * The kinds that a CustomResourceDefinition makes: one for each version it serves, in the same form
 * as built-in kinds, so that the same handlers serve them. Pure.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../generated/apiextensions-v1.ts';
import type { KindDefinition, StorageConversion, Verb } from '../kind.ts';
import { apiVersionOf, type KubeObject } from '../object.ts';
import { compareVersions } from '../version-order.ts';
import { customColumns } from './columns.ts';
import { decodeCustom, readStored } from './decode.ts';
import { applyDefaults } from './defaulting.ts';
import { parseJsonPath } from './json-path.ts';
import { prune } from './prune.ts';
import { customScale } from './scale.ts';
import { customStrategy } from './strategy.ts';
import type { JsonObject, Structural } from './structural.ts';

/** The served versions; the stored one too, whether it is served or not, as the last. */
export function customKinds(crd: CustomResourceDefinition): {
  readonly served: readonly KindDefinition[];
  readonly storage: KindDefinition;
} {
  const stored = crd.spec.versions.find(v => v.storage);
  if (!stored) throw new Error(`Cannot serve ${crd.metadata.name}: it has no storage version`);
  const kinds = crd.spec.versions.map(version => customKind(crd, version, stored));
  const storage = kinds[crd.spec.versions.indexOf(stored)] as KindDefinition;
  return { served: kinds.filter((_, i) => crd.spec.versions[i]?.served), storage };
}

/** In the order discovery shows them. */
const VERBS: readonly Verb[] = [
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'create',
  'update',
  'watch',
];

function customKind(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  stored: CustomResourceDefinitionVersion,
): KindDefinition {
  const { group, scope, names } = crd.spec;
  const { singular, listKind, shortNames, categories } = crd.status?.acceptedNames ?? names;
  const schema = schemaOf(version);
  const { status, scale } = version.subresources ?? {};
  const deprecation = deprecationOf(crd, version);
  return {
    group,
    version: version.name,
    kind: names.kind,
    listKind: listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: singular ?? names.kind.toLowerCase(),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    namespaced: scope === 'Namespaced',
    schema: '',
    verbs: VERBS,
    custom: {
      schema,
      decode: (value, options) => decodeCustom(schema, value, options),
      terminating: isTerminating(crd),
      main: version === mainVersion(crd),
    },
    storage: conversion(crd, version, stored),
    allowUnconditionalUpdate: false,
    tracksGeneration: true,
    ...(deprecation === undefined ? {} : { deprecation }),
    defaults: object => applyDefaults(object, schema),
    ...customStrategy(schema, version.subresources),
    subresources: {
      ...(status ? { status: customStrategy(schema, version.subresources).status } : {}),
      ...(scale ? { scale: customScale(scale) } : {}),
    },
    columns: customColumns(version.additionalPrinterColumns),
    selectableFields: selectable(version),
  };
}

/** The stored version where it is served, else the first that is. */
function mainVersion({ spec: { versions } }: CustomResourceDefinition) {
  return versions.find(v => v.storage && v.served) ?? versions.find(v => v.served);
}

/** A version always has a schema since v1; what was stored before has anything. */
const schemaOf = ({ schema }: CustomResourceDefinitionVersion): Structural =>
  (schema?.openAPIV3Schema as Structural | undefined) ?? { 'x-kubernetes-preserve-unknown-fields': true };

const isTerminating = ({ metadata }: CustomResourceDefinition) => metadata.deletionTimestamp !== undefined;

function deprecationOf(
  { spec: { group, names, versions } }: CustomResourceDefinition,
  { name, deprecated, deprecationWarning }: CustomResourceDefinitionVersion,
): string | undefined {
  if (!deprecated) return undefined;
  const text = `${group}/${name} ${names.kind} is deprecated`;
  const newer = versions
    .filter(v => v.served && !v.deprecated && compareVersions(v.name, name) > 0)
    .reduce<CustomResourceDefinitionVersion | undefined>(
      (best, v) => (best && compareVersions(best.name, v.name) > 0 ? best : v),
      undefined,
    );
  return deprecationWarning ?? (newer ? `${text}; use ${group}/${newer.name} ${names.kind}` : text);
}

/**
 * With strategy None versions differ in their name alone, but each is read through its own schema.
 * An object of a definition that has changed since may have been stored under another one.
 */
function conversion(
  { spec: { group }, metadata }: CustomResourceDefinition,
  { name, ...version }: CustomResourceDefinitionVersion,
  stored: CustomResourceDefinitionVersion,
): StorageConversion<KubeObject> {
  const schema = schemaOf({ name, ...version });
  const storedSchema = schemaOf(stored);
  const apiVersion = apiVersionOf({ group, version: name });
  return {
    apiVersion: apiVersionOf({ group, version: stored.name }),
    always: name !== stored.name || (metadata.generation ?? 1) > 1,
    toStorage: object => {
      const kept = structuredClone(object);
      prune(kept, storedSchema);
      return kept;
    },
    fromStorage: object => {
      const read = readStored(storedSchema, object as unknown as JsonObject);
      // What the other version does not know is not shown by it; its defaults are for writers.
      if (schema !== storedSchema) prune(read, schema);
      read['apiVersion'] = apiVersion;
      return read as unknown as KubeObject;
    },
  };
}

function selectable({ selectableFields = [] }: CustomResourceDefinitionVersion) {
  const fields = selectableFields.map(({ jsonPath }) => {
    const path = parseJsonPath(jsonPath);
    const read = (object: KubeObject) => {
      const [found] = path?.find(object) ?? [];
      return found === undefined || found === null ? '' : String(found);
    };
    return [jsonPath.replace(/^\./, ''), read] as const;
  });
  return Object.fromEntries(fields);
}
