import type { Lease } from '../../generated/coordination-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, invalidValue } from '../field-error.ts';
import { checkQualifiedName, nonNegative, optionalEnumeration } from '../validation/checks.ts';

function validate({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: seconds, leaseTransitions, strategy, preferredHolder } = spec ?? {};
  const errors: FieldError[] = [];
  if (seconds !== undefined && seconds <= 0) {
    errors.push(invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0'));
  }
  errors.push(...nonNegative('spec.leaseTransitions', leaseTransitions));
  if (strategy !== undefined) errors.push(...validateStrategy(strategy));
  if (preferredHolder && !strategy) {
    errors.push(forbiddenField('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}

/** The path names the field twice, as upstream's does. */
function validateStrategy(strategy: string): FieldError[] {
  const path = 'spec.strategy.strategy';
  if (strategy.includes('/')) return checkQualifiedName(path, strategy);
  return optionalEnumeration(path, strategy, ['OldestEmulationVersion']);
}

export const lease = defineKind<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  anyFinalizer: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate,
  columns: [name, column('Holder', o => o.spec?.holderIdentity ?? ''), age],
});
