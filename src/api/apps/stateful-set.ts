import type {
  StatefulSet,
  StatefulSetPersistentVolumeClaimRetentionPolicy,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from '../../generated/apps-v1.ts';
import type { Volume } from '../../generated/core-v1.ts';
import { age, column, name, templateColumns } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from '../core/pod-spec/disabled.ts';
import { workloadWarnings } from '../core/pod-spec/warnings.ts';
import { validateClaimSpec } from '../core/volume/claim-spec.ts';
import { defaultClaim } from '../core/volume/defaults.ts';
import { claimSpecWarnings } from '../core/volume/warnings.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, forbiddenField, invalidValue } from '../field-error.ts';
import { checkDnsLabel, nonNegative, optionalEnumeration, semanticEqual } from '../validation/checks.ts';
import {
  atMostAll,
  isZeroAmount,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateOwnSelector,
  validateTemplate,
} from '../validation/workload.ts';
import { workloadScale } from './scale.ts';

const REVISIONS_KEPT = 10;
const CLAIMS = 'spec.volumeClaimTemplates';
const KEEPS_ALL =
  'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
const KEEP_OR_DELETE = ['Retain', 'Delete'];
/** What an update may change; the rest decides about pods and volumes that exist. */
const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;
const ONLY_THOSE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

function defaults({ spec }: StatefulSet): void {
  if (!spec) return;
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  const { updateStrategy: strategy } = spec;
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= REVISIONS_KEPT;
  defaultPodTemplate(spec.template);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    defaultClaim(claim);
  }
}

function validate(set: StatefulSet, old?: StatefulSet): FieldError[] {
  const { spec } = set;
  if (!spec) return [];
  const policy = spec.podManagementPolicy ?? '';
  const errors: FieldError[] = [];
  if (!['OrderedReady', 'Parallel'].includes(policy)) {
    errors.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  return [
    ...errors,
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy ?? {}),
    // An update cannot change the claims and the service's name: those of long ago need not be right.
    ...(old ? [] : validateClaims(spec)),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(old || !spec.serviceName ? [] : checkDnsLabel('spec.serviceName', spec.serviceName)),
    ...validateOwnSelector(spec.selector, 'statefulset'),
    ...validateTemplate(set, old?.spec, 'StatefulSet', claimVolumes(spec)),
  ];
}

const validateClaims = ({ volumeClaimTemplates = [] }: StatefulSetSpec): FieldError[] =>
  volumeClaimTemplates.flatMap((claim, i) => validateClaimSpec(claim.spec ?? {}, `${at(CLAIMS, i)}.spec`));

/** Every claim of the set is a volume of its pods, under the claim's name. */
const claimVolumes = ({ volumeClaimTemplates }: StatefulSetSpec): Volume[] =>
  (volumeClaimTemplates ?? []).map(claim => {
    const name = claim.metadata?.name ?? '';
    return { name, persistentVolumeClaim: { claimName: name } };
  });

function validateStrategy(strategy: StatefulSetUpdateStrategy): FieldError[] {
  const path = 'spec.updateStrategy';
  const { type, rollingUpdate } = strategy;
  if (type === 'OnDelete') {
    if (!rollingUpdate) return [];
    return [
      invalidValue(
        `${path}.rollingUpdate`,
        shownRolling(rollingUpdate),
        "only allowed for updateStrategy 'RollingUpdate'",
      ),
    ];
  }
  if (type !== 'RollingUpdate') {
    // As upstream's struct prints: it has no JSON names.
    const shown = { Type: type, RollingUpdate: rollingUpdate ? shownRolling(rollingUpdate) : null };
    return [invalidValue(path, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  const errors = nonNegative(`${path}.rollingUpdate.partition`, partition);
  if (maxUnavailable === undefined) return errors;
  const field = `${path}.rollingUpdate.maxUnavailable`;
  errors.push(...validateIntOrPercent(field, maxUnavailable));
  if (isZeroAmount(maxUnavailable)) errors.push(invalidValue(field, maxUnavailable, 'cannot be 0'));
  return [...errors, ...atMostAll(field, maxUnavailable)];
}

const shownRolling = ({
  partition = 0,
  maxUnavailable,
}: {
  partition?: number | undefined;
  maxUnavailable?: unknown;
}) => ({
  Partition: partition,
  MaxUnavailable: maxUnavailable ?? null,
});

function validateRetention(policy: StatefulSetPersistentVolumeClaimRetentionPolicy): FieldError[] {
  const path = 'spec.persistentVolumeClaimRetentionPolicy';
  return (['whenDeleted', 'whenScaled'] as const).flatMap(when =>
    optionalEnumeration(`${path}.${when}`, policy[when], KEEP_OR_DELETE),
  );
}

function validateUpdate(next: StatefulSet, old: StatefulSet): FieldError[] {
  const fixed = ({ spec }: StatefulSet) => {
    const rest = { ...spec };
    for (const field of CHANGEABLE) delete rest[field];
    return rest;
  };
  const same = semanticEqual(fixed(next), fixed(old));
  return [...validate(next, old), ...(same ? [] : [forbiddenField('spec', ONLY_THOSE)])];
}

function warnings(next: StatefulSet, old: StatefulSet | undefined): string[] {
  const { revisionHistoryLimit: kept = 0, volumeClaimTemplates: claims = [] } = next.spec ?? {};
  return [
    ...workloadWarnings(next, old),
    // Upstream's paths: only that of an update has the spec.
    ...claims.flatMap((claim, i) =>
      claimSpecWarnings(claim.spec, old ? `${at(CLAIMS, i)}.Spec` : at(CLAIMS, i)),
    ),
    ...(kept < 0 ? [KEEPS_ALL] : []),
  ];
}

/** Of a feature that v1.36 has off (1.35's regression of Parallel sets). */
function dropMaxUnavailable({ spec }: StatefulSet, old?: StatefulSet): void {
  if (old?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return;
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}

function validateStatus({ status }: StatefulSet, old: StatefulSet): FieldError[] {
  if (!status) return [];
  const { availableReplicas: available = 0, readyReplicas: ready = 0 } = status;
  const counts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  return [
    ...validateCounts(status, ['replicas', ...counts, 'observedGeneration', 'collisionCount'], counts),
    ...(available > ready
      ? [invalidValue('status.availableReplicas', available, 'cannot be greater than status.readyReplicas')]
      : []),
    ...validateCollisionCount(status.collisionCount, old.status?.collisionCount),
  ];
}

export const statefulSet = defineKind<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  tracksGeneration: true,
  nameRule: 'dns-label',
  defaults,
  prepareForCreate: o => {
    o.status = { availableReplicas: 0, replicas: 0 };
    dropDisabledTemplateFields(o.spec?.template);
    dropMaxUnavailable(o);
  },
  prepareForUpdate: (next, old) => {
    prepareWorkloadUpdate(next, old);
    dropMaxUnavailable(next, old);
  },
  validate: o => validate(o),
  validateUpdate,
  warnings,
  subresources: {
    status: { validateUpdate: validateStatus },
    scale: workloadScale,
  },
  columns: [
    name,
    column('Ready', o => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 0}`),
    age,
    ...templateColumns<StatefulSet>(o => o.spec?.template),
  ],
});
