import { type Clock, rfc3339 } from '../../base/clock.ts';
import type {
  PersistentVolume,
  PersistentVolumeSpec,
  Volume,
  VolumeNodeAffinity,
} from '../../generated/core-v1.ts';
import { carryOver, keepStatus } from '../carry-over.ts';
import { age, column, name, wide } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, type FieldError, forbiddenField, invalidValue, notSupported, required } from '../field-error.ts';
import { compareQuantities } from '../quantity.ts';
import { wroteEmptyListAt } from '../schema/empty-lists.ts';
import { checkDnsSubdomain, immutable, optionalEnumeration, semanticEqual } from '../validation/checks.ts';
import { toInternal } from '../validation/internal-form.ts';
import { unifiedDiff } from '../validation/unified-diff.ts';
import { validateNodeSelector } from './pod-spec/node-selector.ts';
import { defaultVolume } from './pod-volumes/defaults.ts';
import { validateAffinityChange } from './volume/affinity-change.ts';
import { basicAmount } from './volume/claim-status.ts';
import { accessModes, CLASS_ANNOTATION } from './volume/columns.ts';
import { SOURCE_FIELDS, validateRecycling, validateSources } from './volume/sources.ts';
import { volumeWarnings } from './volume/warnings.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const VOLUME_MODES = ['Block', 'Filesystem'];
function defaults(volume: PersistentVolume): void {
  volume.spec ??= {};
  const { spec } = volume;
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  volume.status ??= {};
  volume.status.phase ||= 'Pending';
  // The sources that have defaults look alike in pods; a name keeps others from being added.
  defaultVolume(Object.assign(spec, { name: undefined }) as unknown as Volume);
  Reflect.deleteProperty(spec, 'name');
}

function validate(volume: PersistentVolume): FieldError[] {
  const { spec } = volume;
  const { accessModes = [], capacity = {}, volumeMode, storageClassName } = spec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push(required('spec.accessModes'));
  for (const mode of accessModes) errors.push(...optionalEnumeration('spec.accessModes', mode, MODES));
  const others = accessModes.some(mode => MODES.includes(mode) && mode !== 'ReadWriteOncePod');
  if (accessModes.includes('ReadWriteOncePod') && others) {
    const why = 'may not use ReadWriteOncePod with other access modes';
    errors.push(forbiddenField('spec.accessModes', why));
  }
  const amounts = Object.entries(capacity);
  if (amounts.length === 0) errors.push(required('spec.capacity'));
  if (capacity.storage === undefined || amounts.length > 1) {
    const none = wroteEmptyListAt(volume, 'spec.capacity') ? {} : null;
    errors.push(notSupported('spec.capacity', spec.capacity ?? none, ['storage']));
  }
  for (const [resource, amount] of amounts) {
    const path = at('spec.capacity', resource);
    errors.push(...basicAmount(amount, path));
    if (compareQuantities(amount, '0') <= 0)
      errors.push(invalidValue(path, amount, 'must be greater than zero'));
  }
  errors.push(
    ...optionalEnumeration(
      'spec.persistentVolumeReclaimPolicy',
      spec.persistentVolumeReclaimPolicy,
      RECLAIM_POLICIES,
    ),
    ...validateAffinity(spec.nodeAffinity),
    ...validateSources(volume),
    ...validateRecycling(volume),
    ...(storageClassName ? checkDnsSubdomain('spec.storageClassName', storageClassName) : []),
    ...optionalEnumeration('spec.volumeMode', volumeMode, VOLUME_MODES),
    ...validateAttributesClass(spec),
  );
  return errors;
}

const ATTRIBUTES_CLASS = 'spec.volumeAttributesClassName';

function validateAttributesClass({ volumeAttributesClassName: of, csi }: PersistentVolumeSpec): FieldError[] {
  if (of === undefined) return [];
  const errors =
    of === ''
      ? [required(ATTRIBUTES_CLASS, 'an empty string is disallowed')]
      : checkDnsSubdomain(ATTRIBUTES_CLASS, of);
  const why = 'has to be specified when using volumeAttributesClassName';
  return csi ? errors : [...errors, required('spec.csi', why)];
}

function validateAffinity(affinity: VolumeNodeAffinity | undefined): FieldError[] {
  if (!affinity) return [];
  const path = 'spec.nodeAffinity.required';
  return affinity.required
    ? validateNodeSelector(affinity.required, path, { allowInvalidValues: false })
    : [required(path, 'must specify required node constraints')];
}

function sourceOf(spec: PersistentVolumeSpec): PersistentVolumeSpec {
  return Object.fromEntries(SOURCE_FIELDS.map(field => [field, spec[field]]));
}

function validateChange(next: PersistentVolume, old: PersistentVolume): FieldError[] {
  const [spec, before] = [next.spec ?? {}, old.spec ?? {}];
  const errors: FieldError[] = [];
  const source = sourceOf(before);
  const changed = sourceOf(spec);
  // How a volume is grown may be told later on.
  if (changed.csi && source.csi && !source.csi.controllerExpandSecretRef)
    changed.csi = { ...changed.csi, controllerExpandSecretRef: undefined };
  if (!semanticEqual(changed, source)) {
    const why = 'spec.persistentvolumesource is immutable after creation';
    const text = (of: object) => JSON.stringify(toInternal('PersistentVolumeSource', of), undefined, 1);
    const diff = unifiedDiff(text(source), text(changed));
    errors.push(forbiddenField('spec.persistentvolumesource', `${why}\n${diff}`));
  }
  // Upstream leaves the spec out of these paths.
  errors.push(...immutable('volumeMode', spec.volumeMode ?? null, before.volumeMode ?? null));
  if (before.nodeAffinity) errors.push(...validateAffinityChange(spec.nodeAffinity, before.nodeAffinity));
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    errors.push(forbiddenField(ATTRIBUTES_CLASS, 'update from non-nil value to nil is forbidden'));
  return errors;
}

/** A phase began when the client says so, or else when it changed. */
function timePhase(next: PersistentVolume, old: PersistentVolume, clock: Clock): void {
  const [now, before] = [next.status?.lastPhaseTransitionTime, old.status?.lastPhaseTransitionTime];
  const stays = next.status?.phase === old.status?.phase;
  if (stays ? now !== undefined : now !== undefined && now !== before) return;
  const began = stays ? before : rfc3339(clock.now());
  if (began !== undefined) next.status = { ...next.status, lastPhaseTransitionTime: began };
}

export const persistentVolume = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.PersistentVolume',
  defaults,
  prepareForCreate: (o, { clock }) => {
    o.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(clock.now()) };
  },
  prepareForUpdate: keepStatus,
  validate,
  validateUpdate: (next, old) => [...validate(next), ...validateChange(next, old)],
  warnings: volumeWarnings,
  subresources: {
    status: {
      prepareForUpdate: (next, old, { clock }) => {
        carryOver(next, old, 'spec');
        timePhase(next, old, clock);
      },
    },
  },
  columns: [
    name,
    column('Capacity', o => o.spec?.capacity?.storage ?? '0'),
    column('Access Modes', o => accessModes(o.spec?.accessModes)),
    column('Reclaim Policy', o => o.spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', o => (o.metadata.deletionTimestamp ? 'Terminating' : (o.status?.phase ?? ''))),
    column('Claim', o =>
      o.spec?.claimRef ? `${o.spec.claimRef.namespace ?? ''}/${o.spec.claimRef.name ?? ''}` : '',
    ),
    column('StorageClass', o => o.metadata.annotations?.[CLASS_ANNOTATION] ?? o.spec?.storageClassName ?? ''),
    column('VolumeAttributesClass', o => o.spec?.volumeAttributesClassName ?? '<unset>'),
    column('Reason', o => o.status?.reason ?? ''),
    age,
    wide('VolumeMode', o => o.spec?.volumeMode ?? '<unset>'),
  ],
});
