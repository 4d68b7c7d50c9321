import type { Deployment, DeploymentStrategy } from '../../generated/apps-v1.ts';
import { carryOver } from '../carry-over.ts';
import { age, column, name, selectorString, templateColumns, wide } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from '../core/pod-spec/disabled.ts';
import { workloadWarnings } from '../core/pod-spec/warnings.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, invalidValue, notSupported } from '../field-error.ts';
import { nonNegative } from '../validation/checks.ts';
import {
  atMostAll,
  isZeroAmount,
  selectorImmutable,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateOwnSelector,
  validateTemplate,
} from '../validation/workload.ts';
import { workloadScale } from './scale.ts';

const QUARTER = '25%';
const REVISIONS_KEPT = 10;
const PROGRESS_DEADLINE_SECONDS = 600;

function defaults({ spec }: Deployment): void {
  if (!spec) return;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  const { strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= QUARTER;
    strategy.rollingUpdate.maxSurge ??= QUARTER;
  }
  spec.revisionHistoryLimit ??= REVISIONS_KEPT;
  spec.progressDeadlineSeconds ??= PROGRESS_DEADLINE_SECONDS;
  defaultPodTemplate(spec.template);
}

function validate(deployment: Deployment, old?: Deployment): FieldError[] {
  const { spec } = deployment;
  if (!spec) return [];
  const { minReadySeconds = 0, progressDeadlineSeconds: deadline } = spec;
  const errors = [
    ...nonNegative('spec.replicas', spec.replicas),
    ...validateOwnSelector(spec.selector, 'deployment'),
    ...validateTemplate(deployment, old?.spec, 'ReplicaSet'),
    ...validateStrategy(spec.strategy ?? {}),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', deadline),
  ];
  if (deadline !== undefined && deadline <= minReadySeconds) {
    errors.push(
      invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'),
    );
  }
  return errors;
}

function validateStrategy(strategy: DeploymentStrategy): FieldError[] {
  const path = 'spec.strategy.rollingUpdate';
  const { type = '', rollingUpdate } = strategy;
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  if (type === 'Recreate') {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate ? [forbiddenField(path, why)] : [];
  }
  if (type !== 'RollingUpdate') {
    // As upstream's struct prints: it has no JSON names.
    const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null;
    return [
      notSupported('spec.strategy', { Type: type, RollingUpdate: shown }, ['Recreate', 'RollingUpdate']),
    ];
  }
  return [
    ...validateIntOrPercent(`${path}.maxUnavailable`, maxUnavailable),
    ...validateIntOrPercent(`${path}.maxSurge`, maxSurge),
    ...(isZeroAmount(maxUnavailable) && isZeroAmount(maxSurge)
      ? [invalidValue(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
      : []),
    ...atMostAll(`${path}.maxUnavailable`, maxUnavailable),
  ];
}

function validateStatus(next: Deployment, old: Deployment): FieldError[] {
  const status = next.status ?? {};
  const { availableReplicas: available = 0, readyReplicas: ready = 0 } = status;
  return [
    ...validateCounts(
      status,
      [
        'observedGeneration',
        'replicas',
        'updatedReplicas',
        'readyReplicas',
        'availableReplicas',
        'unavailableReplicas',
        'terminatingReplicas',
        'collisionCount',
      ],
      ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    ),
    ...(available > ready
      ? [invalidValue('status.availableReplicas', available, 'cannot be greater than readyReplicas')]
      : []),
    ...validateCollisionCount(status.collisionCount, old.status?.collisionCount),
  ];
}

export const deployment = defineKind<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.Deployment',
  tracksGeneration: true,
  // Annotations carry what a rollback needs: a change of them is a change of the Deployment.
  generationInput: ({ spec, metadata }) => ({ spec, annotations: metadata.annotations }),
  defaults,
  prepareForCreate: o => {
    o.status = {};
    dropDisabledTemplateFields(o.spec?.template);
  },
  prepareForUpdate: prepareWorkloadUpdate,
  validate: o => validate(o),
  validateUpdate: (next, old) => [...validate(next, old), ...selectorImmutable(next.spec, old.spec)],
  warnings: workloadWarnings,
  subresources: {
    status: {
      prepareForUpdate: (next, old) => {
        carryOver(next, old, 'spec');
        carryOver(next.metadata, old.metadata, 'labels');
      },
      validateUpdate: validateStatus,
    },
    scale: workloadScale,
  },
  columns: [
    name,
    column('Ready', o => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`),
    column('Up-to-date', o => o.status?.updatedReplicas ?? 0),
    column('Available', o => o.status?.availableReplicas ?? 0),
    age,
    ...templateColumns<Deployment>(o => o.spec?.template),
    wide('Selector', o => selectorString(o.spec?.selector)),
  ],
});
