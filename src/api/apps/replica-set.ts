import type { ReplicaSet } from '../../generated/apps-v1.ts';
import { age, integer, labelSelector, name, templateColumns, wide } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from '../core/pod-spec/disabled.ts';
import { workloadWarnings } from '../core/pod-spec/warnings.ts';
import { defineKind } from '../define.ts';
import { type FieldError } from '../field-error.ts';
import { nonNegative } from '../validation/checks.ts';
import { validateReplicaStatus } from '../validation/replica-status.ts';
import { selectorImmutable, validateOwnSelector, validateTemplate } from '../validation/workload.ts';
import { workloadScale } from './scale.ts';

function defaults({ spec }: ReplicaSet): void {
  if (!spec) return;
  spec.replicas ??= 1;
  if (spec.template) defaultPodTemplate(spec.template);
}

function validate(set: ReplicaSet, old?: ReplicaSet): FieldError[] {
  const { spec } = set;
  if (!spec) return [];
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateOwnSelector(spec.selector, 'deployment'),
    ...validateTemplate(set, old?.spec, 'ReplicaSet'),
  ];
}

export const replicaSet = defineKind<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  tracksGeneration: true,
  defaults,
  prepareForCreate: o => {
    o.status = { replicas: 0 };
    dropDisabledTemplateFields(o.spec?.template);
  },
  prepareForUpdate: prepareWorkloadUpdate,
  validate: o => validate(o),
  validateUpdate: (next, old) => [...validate(next, old), ...selectorImmutable(next.spec, old.spec)],
  warnings: workloadWarnings,
  subresources: {
    status: { validateUpdate: o => validateReplicaStatus(o.status) },
    scale: workloadScale,
  },
  columns: [
    name,
    integer('Desired', o => o.spec?.replicas ?? 0),
    integer('Current', o => o.status?.replicas ?? 0),
    integer('Ready', o => o.status?.readyReplicas ?? 0),
    age,
    ...templateColumns<ReplicaSet>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
