import type { PersistentVolumeClaim } from '../../generated/core-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField } from '../field-error.ts';
import { compareQuantities } from '../quantity.ts';
import { immutable, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { unifiedDiff } from '../validation/unified-diff.ts';
import { validateClaimSpec } from './volume/claim-spec.ts';
import { validateClaimStatus } from './volume/claim-status.ts';
import { accessModes, CLASS_ANNOTATION } from './volume/columns.ts';
import { defaultClaim } from './volume/defaults.ts';
import { claimWarnings } from './volume/warnings.ts';

/** What dataSource took before there was dataSourceRef; anything else was dropped without a word. */
function dropUnknownSource({ spec }: PersistentVolumeClaim): void {
  const source = spec?.dataSource;
  if (!spec || !source) return;
  const isClaim = !source.apiGroup && source.kind === 'PersistentVolumeClaim';
  const isSnapshot = source.apiGroup === 'snapshot.storage.k8s.io' && source.kind === 'VolumeSnapshot';
  if (!isClaim && !isSnapshot) delete spec.dataSource;
}

/** dataSource and its successor say the same, as long as the source is in the claim's namespace. */
function agreeOnSource({ spec }: PersistentVolumeClaim): void {
  if (!spec) return;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}

const validate = ({ spec }: PersistentVolumeClaim): FieldError[] => validateClaimSpec(spec, 'spec');

/** The class in the annotation of old may move to the field; otherwise it stays. */
function validateClassAnnotation(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [now, before] = [next, old].map(claim => claim.metadata?.annotations?.[CLASS_ANNOTATION]);
  const moved = before !== undefined && old.spec?.storageClassName === undefined;
  if (moved && next.spec?.storageClassName === before && (now === undefined || now === before)) return [];
  return immutable(`metadata.annotations.${CLASS_ANNOTATION}`, now ?? '', before ?? '');
}

/** A bound claim may grow and change its attributes; the volume behind it stays. */
function validateChange(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [spec, before] = [{ ...next.spec }, { ...old.spec }];
  if (!before.volumeName) delete spec.volumeName;
  if (before.storageClassName === undefined) delete spec.storageClassName;
  delete spec.volumeAttributesClassName;
  delete before.volumeAttributesClassName;
  const asked = next.spec?.resources?.requests?.storage;
  const had = old.spec?.resources?.requests?.storage;
  if (next.status?.phase === 'Bound' && asked !== undefined && had !== undefined) {
    spec.resources = { ...spec.resources, requests: { ...spec.resources?.requests, storage: had } };
  }
  const errors = validateClassAnnotation(next, old);
  if (!semanticEqual(spec, before)) {
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const text = (claim: object) =>
      JSON.stringify(toInternal('PersistentVolumeClaimSpec', claim), undefined, 1);
    errors.push(forbiddenField('spec', `${why}\n${unifiedDiff(text(before), text(spec))}`));
  }
  const capacity = next.status?.capacity?.storage;
  if (asked !== undefined && had !== undefined && compareQuantities(asked, had) < 0) {
    if (capacity === undefined || compareQuantities(asked, capacity) <= 0) {
      const why = 'field can not be less than status.capacity';
      errors.push(forbiddenField('spec.resources.requests.storage', why));
    }
  }
  // Upstream leaves the spec out of this path.
  errors.push(...immutable('volumeMode', next.spec?.volumeMode ?? null, old.spec?.volumeMode ?? null));
  return errors;
}

export const persistentVolumeClaim = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  defaults: defaultClaim,
  prepareForCreate: o => {
    o.status = { phase: 'Pending' };
    dropUnknownSource(o);
    agreeOnSource(o);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    agreeOnSource(next);
  },
  validate,
  validateUpdate: (next, old) => [...validate(next), ...validateChange(next, old)],
  warnings: claimWarnings,
  subresources: { status: { validateUpdate: validateClaimStatus } },
  columns: [
    name,
    column('Status', o => (o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? ''))),
    column('Volume', o => o.spec?.volumeName ?? ''),
    column('Capacity', o => (o.spec?.volumeName ? (o.status?.capacity?.storage ?? '0') : '')),
    column('Access Modes', o => (o.spec?.volumeName ? accessModes(o.status?.accessModes) : '')),
    column('StorageClass', o => o.metadata.annotations?.[CLASS_ANNOTATION] ?? o.spec?.storageClassName ?? ''),
    column('VolumeAttributesClass', o => o.spec?.volumeAttributesClassName ?? '<unset>'),
    age,
    wide('VolumeMode', o => o.spec?.volumeMode ?? '<unset>'),
  ],
});
