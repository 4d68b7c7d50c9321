import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
} from '../../generated/core-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { compareQuantities } from '../quantity.ts';
import { checkDnsSubdomain, immutable, optionalEnumeration, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { unifiedDiff } from '../validation/unified-diff.ts';
import { validateClaimStatus } from './volume/claim-status.ts';
import { accessModes, CLASS_ANNOTATION } from './volume/columns.ts';
import { defaultClaim } from './volume/defaults.ts';
import { claimWarnings } from './volume/warnings.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];

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

function validate({ spec }: PersistentVolumeClaim): FieldError[] {
  const { accessModes = [], selector, resources, storageClassName, volumeMode } = spec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0)
    errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(selector, 'spec.selector'));
  for (const mode of accessModes) errors.push(...optionalEnumeration('spec.accessModes', mode, MODES));
  if (accessModes.includes('ReadWriteOncePod') && accessModes.some(mode => mode !== 'ReadWriteOncePod')) {
    const why = 'may not use ReadWriteOncePod with other access modes';
    errors.push(forbiddenField('spec.accessModes', why));
  }
  const storage = resources?.requests?.storage;
  if (storage === undefined) errors.push(required('spec.resources[storage]'));
  else if (compareQuantities(storage, '0') <= 0) {
    errors.push(invalidValue('spec.resources[storage]', storage, 'must be greater than zero'));
  }
  if (storageClassName) errors.push(...checkDnsSubdomain('spec.storageClassName', storageClassName));
  errors.push(...optionalEnumeration('spec.volumeMode', volumeMode, VOLUME_MODES));
  if (spec.dataSource) errors.push(...validateSource(spec.dataSource, 'spec.dataSource'));
  if (spec.dataSourceRef) errors.push(...validateSource(spec.dataSourceRef, 'spec.dataSourceRef'));
  errors.push(...validateSources(spec));
  if (spec.volumeAttributesClassName) {
    errors.push(...checkDnsSubdomain('spec.volumeAttributesClassName', spec.volumeAttributesClassName));
  }
  return errors;
}

function validateSource({ apiGroup, kind, name }: TypedLocalObjectReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!kind) errors.push(required(`${path}.kind`));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    const why = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalidValue(path, kind, why));
  }
  return apiGroup ? [...errors, ...checkDnsSubdomain(path, apiGroup)] : errors;
}

/** Both say the same, or only the one that reaches into another namespace says something. */
function validateSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec): FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  // Upstream gives a path for the value, which prints as an empty struct.
  if (dataSourceRef.namespace) {
    const why = 'may not be specified when dataSourceRef.namespace is specified';
    return [invalidValue('spec', {}, why)];
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every(
    part => dataSource[part] === dataSourceRef[part],
  );
  return same ? [] : [invalidValue('spec', {}, 'must match dataSourceRef')];
}

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
