/** Generic ephemeral volumes: a claim made for the pod from a template (KEP-1698). */
import type { PersistentVolumeClaimSpec, Volume } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { validateLabelSelector, validateLabels } from '../../meta/labels.ts';
import { dnsSubdomain } from '../../meta/names.ts';
import { validateAnnotations } from '../../meta/object-meta.ts';
import { checkDnsSubdomain, optionalEnumeration } from '../../validation/checks.ts';
import { nonNegativeQuantity } from '../../validation/resource-names.ts';

const TEMPLATE_META = new Set(['annotations', 'labels']);
const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateEphemeral(
  { name, ephemeral }: Volume,
  path: string,
  meta: ObjectMeta | undefined,
): FieldError[] {
  const template = ephemeral?.volumeClaimTemplate;
  const here = child(path, 'volumeClaimTemplate');
  if (!template) return [required(here)];
  const metaPath = child(here, 'metadata');
  const errors: FieldError[] = Object.keys(template.metadata ?? {})
    .filter(field => !TEMPLATE_META.has(field))
    .map(field => forbiddenField(child(metaPath, field), 'cannot be set'));
  errors.push(
    ...validateLabels(template.metadata?.labels, child(metaPath, 'labels')),
    ...validateAnnotations(template.metadata?.annotations, child(metaPath, 'annotations')),
    ...validateClaimSpec(template.spec, child(here, 'spec')),
  );
  if (meta?.name) {
    const claim = `${meta.name}-${name}`;
    for (const m of dnsSubdomain(claim)) {
      errors.push(invalidValue(child(path, 'name'), name, `PVC name ${JSON.stringify(claim)}: ${m}`));
    }
  }
  return errors;
}

/** What a claim's spec must have; PersistentVolumeClaim's own file has the rest of its rules. */
function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const modes = spec.accessModes ?? [];
  if (modes.length === 0) {
    errors.push(required(child(path, 'accessModes'), 'at least 1 access mode is required'));
  }
  errors.push(...validateLabelSelector(spec.selector, child(path, 'selector')));
  for (const mode of modes) {
    errors.push(...optionalEnumeration(child(path, 'accessModes'), mode, ACCESS_MODES));
  }
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    errors.push(
      forbiddenField(child(path, 'accessModes'), 'may not use ReadWriteOncePod with other access modes'),
    );
  }
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) errors.push(required(at(child(path, 'resources'), 'storage')));
  else errors.push(...nonNegativeQuantity(storage, at(child(path, 'resources'), 'storage')));
  if (spec.storageClassName) {
    errors.push(...checkDnsSubdomain(child(path, 'storageClassName'), spec.storageClassName));
  }
  errors.push(...optionalEnumeration(child(path, 'volumeMode'), spec.volumeMode, ['Block', 'Filesystem']));
  return errors;
}
