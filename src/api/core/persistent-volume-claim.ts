import type { PersistentVolumeClaim } from '../../generated/core-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError } from '../field-error.ts';
import { validateClaimChange } from './volume/claim-change.ts';
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

function validate({ spec }: PersistentVolumeClaim, old?: PersistentVolumeClaim): FieldError[] {
  const sources = [old?.spec?.dataSource, old?.spec?.dataSourceRef];
  const allowInvalidGroup = sources.some(source => source?.apiGroup !== undefined);
  return validateClaimSpec(spec ?? {}, 'spec', { allowInvalidGroup });
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
  validate: o => validate(o),
  validateUpdate: (next, old) => [...validate(next, old), ...validateClaimChange(next, old)],
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
