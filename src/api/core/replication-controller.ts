import { ownField } from '../../base/own-field.ts';
import type { ReplicationController } from '../../generated/core-v1.ts';
import { age, integer, labels, name, templateColumns, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, required } from '../field-error.ts';
import { dnsSubdomain, maxBytesError } from '../meta/names.ts';
import { nonNegative } from '../validation/checks.ts';
import { validateReplicaStatus } from '../validation/replica-status.ts';
import { validateRunsForEver, validateTemplateLabels } from '../validation/workload.ts';
import { defaultPodTemplate } from './pod-spec/defaults.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from './pod-spec/disabled.ts';
import { podTemplateOptions } from './pod-spec/options.ts';
import { validatePodTemplateSpec } from './pod-spec/validate.ts';
import { isNewGeneration, podTemplateWarnings } from './pod-spec/warnings.ts';

/** What its pods carry is what it selects, and what it carries itself, unless said otherwise. */
function defaults({ spec, metadata }: ReplicationController): void {
  if (!spec) return;
  const own = spec.template?.metadata?.labels;
  if (own && !spec.selector) spec.selector = { ...own };
  if (own && !metadata.labels) metadata.labels = { ...own };
  spec.replicas ??= 1;
  if (spec.template) defaultPodTemplate(spec.template);
}

function validate(controller: ReplicationController, old?: ReplicationController): FieldError[] {
  const { spec } = controller;
  const { selector = {}, template } = spec;
  const path = 'spec.template';
  const errors = nonNegative('spec.minReadySeconds', spec.minReadySeconds);
  const empty = Object.keys(selector).length === 0;
  if (empty) errors.push(required('spec.selector'));
  errors.push(...nonNegative('spec.replicas', spec.replicas));
  if (!template) return [...errors, required(path)];
  const labels = template.metadata?.labels;
  const matches = empty || Object.entries(selector).every(([key, value]) => ownField(labels, key) === value);
  return [
    ...errors,
    ...validateTemplateLabels(matches, labels, path, controller),
    ...validatePodTemplateSpec(template, path, podTemplateOptions(template, old?.spec?.template)),
    ...validateRunsForEver(template, 'ReplicationController', path),
  ];
}

export const replicationController = defineKind<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  // The one kind whose prefix for generated names is not looked at.
  nameRule: (value, isPrefix) => (isPrefix ? [] : dnsSubdomain(value, maxBytesError)),
  tracksGeneration: true,
  defaults,
  prepareForCreate: o => {
    o.status = { replicas: 0 };
    dropDisabledTemplateFields(o.spec?.template);
  },
  prepareForUpdate: prepareWorkloadUpdate,
  validate: o => validate(o),
  validateUpdate: validate,
  // As in the days when nobody deleted pods for anybody.
  defaultPropagation: 'Orphan',
  // Upstream looks at what the template was before.
  warnings: (o, old) =>
    isNewGeneration(o, old) ? podTemplateWarnings((old ?? o).spec?.template, 'spec.template') : [],
  subresources: {
    status: { validateUpdate: o => validateReplicaStatus(o.status) },
    scale: {
      replicas: o => o.spec?.replicas ?? 0,
      statusReplicas: o => o.status?.replicas ?? 0,
      selector: o => (Object.keys(o.spec?.selector ?? {}).length === 0 ? '' : labels(o.spec?.selector)),
      setReplicas: (o, replicas) => {
        o.spec = { ...o.spec, replicas };
      },
    },
  },
  selectableFields: { 'status.replicas': o => String(o.status?.replicas ?? 0) },
  columns: [
    name,
    integer('Desired', o => o.spec?.replicas ?? 0),
    integer('Current', o => o.status?.replicas ?? 0),
    integer('Ready', o => o.status?.readyReplicas ?? 0),
    age,
    ...templateColumns<ReplicationController>(o => o.spec?.template),
    wide('Selector', o => labels(o.spec?.selector)),
  ],
});
