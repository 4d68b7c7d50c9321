import type { IngressClass, IngressClassParametersReference } from '../../generated/networking-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, required, tooLong } from '../field-error.ts';
import { checkDnsLabel, immutable, optionalEnumeration } from '../validation/checks.ts';
import { validateDomainPath, validateTypedReference } from '../validation/references.ts';

function parameters({ spec }: IngressClass): string {
  const reference = spec?.parameters;
  if (!reference) return '<none>';
  return `${reference.kind}${reference.apiGroup ? `.${reference.apiGroup}` : ''}/${reference.name}`;
}

const MAX_CONTROLLER_BYTES = 250;
const SCOPES = ['Cluster', 'Namespace'];

function validate({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller ?? '';
  const path = 'spec.controller';
  return [
    ...(Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES ? [tooLong(path, MAX_CONTROLLER_BYTES)] : []),
    ...validateDomainPath(controller, path),
    ...validateParameters(spec?.parameters),
  ];
}

function validateParameters(reference: IngressClassParametersReference | undefined): FieldError[] {
  if (!reference) return [];
  const path = 'spec.parameters';
  const { scope, namespace } = reference;
  const errors = validateTypedReference(reference, path);
  if (scope === undefined) return [...errors, required(`${path}.scope`)];
  errors.push(...optionalEnumeration(`${path}.scope`, scope, SCOPES));
  if (scope === 'Namespace' && namespace === undefined) {
    errors.push(required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  }
  if (scope === 'Namespace' && namespace !== undefined) {
    errors.push(...checkDnsLabel(`${path}.namespace`, namespace));
  }
  if (scope === 'Cluster' && namespace !== undefined) {
    errors.push(forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  }
  return errors;
}

export const ingressClass = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  tracksGeneration: true,
  defaults: o => {
    if (o.spec?.parameters) o.spec.parameters.scope ??= 'Cluster';
  },
  validate,
  validateUpdate: (next, old) => [
    ...immutable('spec.controller', next.spec?.controller ?? '', old.spec?.controller ?? ''),
    ...validate(next),
  ],
  columns: [
    name,
    column('Controller', o => o.spec?.controller ?? ''),
    column('Parameters', o => parameters(o)),
    age,
  ],
});
