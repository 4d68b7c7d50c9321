/**
 * The CustomResourceDefinition. This folder is about definitions: what one may say, and what its status
 * says. The objects it defines are served from `src/api/custom/`.
 *
 *   names.ts, approval.ts          what the resources are called, and in which groups
 *   versions.ts                    each version: schema, subresources, columns, selectable fields
 *   open-api-schema.ts             what every schema must keep to
 *     structural.ts                … and those that are to be pruned and defaulted
 *     default-values.ts, list-types.ts, formats.ts
 *     rules.ts                     x-kubernetes-validations are compiled (src/api/cel/) and their cost estimated:
 *       rule-types.ts, rule-sizes.ts, rule-cost.ts; src/api/custom/rules.ts evaluates them
 *   conditions.ts                  Established, NamesAccepted and the others
 *
 * All are pure, and report as upstream does: field, words and order.
 */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from '../../generated/apiextensions-v1.ts';
import { validateClient, validateReviewVersions } from '../admissionregistration/webhooks.ts';
import { keepStatus } from '../carry-over.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { dnsSubdomain } from '../meta/names.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';
import { enumeration, immutable } from '../validation/checks.ts';
import { validateApproval } from './approval.ts';
import { markTerminating } from './conditions.ts';
import { formatWarnings } from './formats.ts';
import { defaultNames, requireNames, validateNames } from './names.ts';
import { storedVersions, validateCommon, validateVersions } from './versions.ts';

const SCOPES = ['Cluster', 'Namespaced'];
const STRATEGIES = ['None', 'Webhook'];
const HTTPS_PORT = 443;

function defaults(definition: CustomResourceDefinition): void {
  const { spec } = definition;
  defaultNames(definition);
  spec.conversion ??= { strategy: 'None' };
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service) service.port ??= HTTPS_PORT;
}

/** Every version that was ever stored is named in the status until its objects are migrated. */
function rememberStorage(definition: CustomResourceDefinition): void {
  const stored = definition.status?.storedVersions ?? [];
  const now = (definition.spec.versions ?? []).find(v => v.storage)?.name;
  if (now === undefined || stored.includes(now)) return;
  Object.assign((definition.status ??= {}), { storedVersions: [...stored, now] });
}

/** Both rules for each of the names, one name after the other. */
function validateName({ metadata, spec: { names, group } }: CustomResourceDefinition): FieldError[] {
  const why = 'must be spec.names.plural+"."+spec.group';
  const wanted = `${names.plural}.${group}`;
  return (['generateName', 'name'] as const).flatMap(field => {
    const value = metadata[field];
    if (!value) return [];
    // A prefix may end with the dash that the suffix follows.
    const whole = field === 'generateName' ? value.replace(/-$/, 'a') : value;
    const wrong = [...dnsSubdomain(whole), ...(value === wanted ? [] : [why])];
    return wrong.map(text => invalidValue(`metadata.${field}`, value, text));
  });
}

function validate(definition: CustomResourceDefinition, old?: CustomResourceDefinition): FieldError[] {
  const { spec } = definition;
  return [
    ...validateSpec(definition),
    ...(old ? validateChange(definition, old) : []),
    ...validateNames({ plural: '', kind: '', ...definition.status?.acceptedNames }, 'status.acceptedNames'),
    ...validateStoredVersions(definition),
    ...validateApproval(definition, old),
    ...(spec.preserveUnknownFields && !old?.spec.preserveUnknownFields
      ? [invalidValue('spec.preserveUnknownFields', true, PRESERVE_INSTEAD)]
      : []),
  ];
}

const PRESERVE_INSTEAD =
  'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';

function validateSpec(definition: CustomResourceDefinition): FieldError[] {
  const { spec } = definition;
  const { group, scope, names } = spec;
  const stored = storedVersions(spec.versions ?? []);
  const errors: FieldError[] = [];
  const wrong = dnsSubdomain(group).join(',');
  if (!group) errors.push(required('spec.group'));
  else if (wrong) errors.push(invalidValue('spec.group', group, wrong));
  else if (!group.includes('.')) {
    errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  }
  errors.push(...enumeration('spec.scope', scope, SCOPES));
  for (const [i, version] of (spec.versions ?? []).entries())
    if (!version.schema?.openAPIV3Schema)
      errors.push(required(`${at('spec.versions', i)}.schema.openAPIV3Schema`));
  return [
    ...errors,
    ...validateVersions(spec, stored, wroteEmptyList(definition, 'spec.versions')),
    ...requireNames(names),
    ...validateNames(names, 'spec.names'),
    ...validateCommon(stored),
    ...validateConversion(spec),
  ];
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalidValue(path, null, 'must have at least one stored version')];
  const versions = spec.versions ?? [];
  // Of two versions with one name, the second finds it taken.
  const left = new Set(stored);
  const missing = versions.filter(v => !left.delete(v.name) && v.storage);
  return [
    ...missing.map(v => invalidValue(path, stored, `must have the storage version ${v.name}`)),
    ...stored.flatMap((version, i) => {
      if (versions.some(v => v.name === version)) return [];
      const why = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
      return [invalidValue(at(path, i), version, why)];
    }),
  ];
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
  if (!conversion) return [];
  const { strategy, webhook } = conversion;
  const [client, versions] = [
    'spec.conversion.webhookClientConfig',
    'spec.conversion.conversionReviewVersions',
  ];
  const errors = enumeration('spec.conversion.strategy', strategy, STRATEGIES);
  if (strategy !== 'Webhook') {
    const why = 'should not be set when strategy is not set to Webhook';
    if (webhook?.clientConfig) errors.push(forbiddenField(client, why));
    if (webhook?.conversionReviewVersions?.length) errors.push(forbiddenField(versions, why));
    return errors;
  }
  return [
    ...errors,
    ...(webhook?.clientConfig
      ? validateClient(webhook.clientConfig, client)
      : [required(client, 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], versions, ''),
  ];
}

/** The resource's name never changes; once there are objects, their kind and where they live stay, too. */
function validateChange({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const established = old.status?.conditions?.some(c => c.type === 'Established' && c.status === 'True');
  return [
    ...(established
      ? [
          ...immutable('spec.scope', spec.scope, old.spec.scope),
          ...immutable('spec.names.kind', spec.names.kind, old.spec.names.kind),
        ]
      : []),
    ...immutable('spec.group', spec.group, old.spec.group),
    ...immutable('spec.names.plural', spec.names.plural, old.spec.names.plural),
  ];
}

export const customResourceDefinition = defineKind<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  // The name follows from the spec: `validate` looks at it.
  nameRule: () => [],
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  defaults,
  prepareForCreate: o => {
    // As Go shows a status without anything.
    Object.assign(o, { status: { acceptedNames: { kind: '', plural: '' }, conditions: null } });
    rememberStorage(o);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    if (next.status) next.status = { ...next.status };
    rememberStorage(next);
  },
  prepareForDelete: markTerminating,
  validate: o => [...validateName(o), ...validate(o)],
  validateUpdate: validate,
  warnings: formatWarnings,
  subresources: {
    status: {
      validateUpdate: o =>
        validateNames({ plural: '', kind: '', ...o.status?.acceptedNames }, 'status.acceptedNames'),
    },
  },
  columns: [name, createdAt],
});
