import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
} from '../../generated/apiextensions-v1.ts';
import { validateClient, validateReviewVersions } from '../admissionregistration/webhooks.ts';
import { keepStatus } from '../carry-over.ts';
import { createdAt, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { dns1035Label, dnsSubdomain } from '../meta/names.ts';
import { enumeration, immutable } from '../validation/checks.ts';
import { defaultNames, validateNames } from './names.ts';
import { validateVersionContents } from './versions.ts';

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
  const now = (definition.spec.versions ?? [])
    .filter(v => v.storage && !stored.includes(v.name))
    .map(v => v.name);
  if (now.length > 0) Object.assign((definition.status ??= {}), { storedVersions: [...stored, ...now] });
}

function validateName({ metadata, spec: { names, group } }: CustomResourceDefinition): FieldError[] {
  const why = 'must be spec.names.plural+"."+spec.group';
  return metadata.name && metadata.name !== `${names.plural}.${group}`
    ? [invalidValue('metadata.name', metadata.name, why)]
    : [];
}

function validate({ spec, status }: CustomResourceDefinition): FieldError[] {
  const { group, scope, names } = spec;
  const versions = spec.versions ?? [];
  const errors: FieldError[] = [];
  const wrong = dnsSubdomain(group).join(',');
  if (!group) errors.push(required('spec.group'));
  else if (wrong) errors.push(invalidValue('spec.group', group, wrong));
  else if (!group.includes('.')) {
    errors.push(invalidValue('spec.group', group, 'should be a domain with at least one dot'));
  }
  errors.push(...enumeration('spec.scope', scope, SCOPES));
  if (spec.preserveUnknownFields) {
    const instead =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalidValue('spec.preserveUnknownFields', true, instead));
  }
  for (const [i, version] of versions.entries()) {
    const path = at('spec.versions', i);
    const bad = dns1035Label(version.name).join(',');
    if (bad) errors.push(invalidValue(`${path}.name`, version.name, bad));
    if (version.deprecationWarning !== undefined && !version.deprecated) {
      const text = 'can only be set for deprecated versions';
      errors.push(invalidValue(`${path}.deprecationWarning`, version.deprecationWarning, text));
    }
  }
  if (new Set(versions.map(v => v.name)).size < versions.length) {
    errors.push(invalidValue('spec.versions', versions, 'must contain unique version names'));
  }
  if (versions.filter(v => v.storage).length !== 1) {
    const one = 'must have exactly one version marked as storage version';
    errors.push(invalidValue('spec.versions', spec.versions ?? null, one));
  }
  const stored = status?.storedVersions ?? [];
  return [
    ...errors,
    ...validateNames(names),
    ...validateVersionContents(versions),
    ...validateConversion(spec),
    ...(stored.length === 0
      ? [invalidValue('status.storedVersions', null, 'must have at least one stored version')]
      : []),
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

/** Objects of the resource exist: what they are called and where they live stays. */
function validateChange({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  if (!old.status?.conditions?.some(c => c.type === 'Established' && c.status === 'True')) return [];
  return [
    ...immutable('spec.scope', spec.scope, old.spec.scope),
    ...immutable('spec.names.kind', spec.names.kind, old.spec.names.kind),
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
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  defaults,
  prepareForCreate: o => {
    o.status = {};
    rememberStorage(o);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    if (next.status) next.status = { ...next.status };
    rememberStorage(next);
  },
  validate: o => [...validateName(o), ...validate(o)],
  validateUpdate: (next, old) => [...validate(next), ...validateChange(next, old)],
  subresources: { status: {} },
  columns: [name, createdAt],
});
