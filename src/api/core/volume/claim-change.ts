/** What an update of a claim may change: upstream ValidatePersistentVolumeClaimUpdate. */
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../generated/core-v1.ts';
import { type FieldError, forbiddenField } from '../../field-error.ts';
import { compareQuantities } from '../../quantity.ts';
import { immutable, semanticEqual } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';
import { unifiedDiff } from '../../validation/unified-diff.ts';
import { CLASS_ANNOTATION } from './columns.ts';

/** A bound claim may grow and change its attributes; the volume behind it stays. */
export function validateClaimChange(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [spec, before] = [{ ...next.spec }, { ...old.spec }];
  const errors: FieldError[] = [];
  if (!before.volumeName) {
    if (spec.volumeName === undefined) delete before.volumeName;
    else before.volumeName = spec.volumeName;
  }
  if (movesClass(next, old)) delete spec.storageClassName;
  else {
    errors.push(...validateAnnotation(next, old));
    if (getsClass(next, old)) delete spec.storageClassName;
  }
  if (next.status?.phase === 'Bound') allowOfBound(spec, before);
  if (!semanticEqual(spec, before)) {
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const text = (claim: object) =>
      JSON.stringify(toInternal('PersistentVolumeClaimSpec', claim), undefined, 1);
    errors.push(forbiddenField('spec', `${why}\n${unifiedDiff(text(before), text(spec))}`));
  }
  // Upstream leaves the spec out of the path of the mode.
  const { volumeMode = null } = next.spec ?? {};
  errors.push(
    ...validateSize(next, old),
    ...immutable('volumeMode', volumeMode, old.spec?.volumeMode ?? null),
  );
  return [...errors, ...validateAttributes(next.spec?.volumeAttributesClassName, old.spec)];
}

/** The class that was told by the annotation is told by the field. */
function movesClass(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const [now, before] = [next, old].map(claim => claim.metadata.annotations?.[CLASS_ANNOTATION]);
  const moved = before !== undefined && old.spec?.storageClassName === undefined;
  return moved && next.spec?.storageClassName === before && (now === undefined || now === before);
}

/** There was no class, and none that the annotation tells differently. */
function getsClass(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[CLASS_ANNOTATION];
  const now = next.spec?.storageClassName;
  if (now === undefined || old.spec?.storageClassName !== undefined) return false;
  return before === undefined || before === now;
}

function validateAnnotation(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [now = '', before = ''] = [next, old].map(claim => claim.metadata.annotations?.[CLASS_ANNOTATION]);
  return immutable(`metadata.annotations.${CLASS_ANNOTATION}`, now, before);
}

function allowOfBound(spec: PersistentVolumeClaimSpec, before: PersistentVolumeClaimSpec): void {
  const { requests } = spec.resources ?? {};
  if (requests) {
    const storage = before.resources?.requests?.storage ?? '0';
    spec.resources = { ...spec.resources, requests: { ...requests, storage } };
  }
  if (spec.volumeAttributesClassName === undefined) return;
  if (before.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
  else spec.volumeAttributesClassName = before.volumeAttributesClassName;
}

/** A growth that fails may be taken back, but not to what is there already. */
function validateSize(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [asked = '0', had = '0'] = [next, old].map(claim => claim.spec?.resources?.requests?.storage);
  const capacity = old.status?.capacity?.storage ?? '0';
  if (compareQuantities(asked, had) >= 0 || compareQuantities(asked, capacity) > 0) return [];
  return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function validateAttributes(
  now: string | undefined,
  old: PersistentVolumeClaimSpec | undefined,
): FieldError[] {
  const before = old?.volumeAttributesClassName;
  if (before === undefined || now === before || (now !== undefined && now !== '')) return [];
  const to = now === undefined ? 'nil' : 'an empty string';
  return [
    forbiddenField('spec.volumeAttributesClassName', `update from non-nil value to ${to} is forbidden`),
  ];
}
