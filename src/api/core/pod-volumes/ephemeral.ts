/** Generic ephemeral volumes: a claim made for the pod from a template (KEP-1698). */
import type { Volume } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { validateLabels } from '../../meta/labels.ts';
import { dnsSubdomain } from '../../meta/names.ts';
import { validateAnnotations } from '../../meta/object-meta.ts';
import { validateClaimSpec } from '../volume/claim-spec.ts';

/** What the template of a claim may not say of it; the second is upstream's name in its path. */
const NOT_IN_TEMPLATES = [
  ['name', 'name'],
  ['generateName', 'generateName'],
  ['namespace', 'namespace'],
  ['selfLink', 'selfLink'],
  ['uid', 'uID'],
  ['resourceVersion', 'resourceVersion'],
  ['generation', 'generation'],
  ['creationTimestamp', 'creationTimestamp'],
  ['deletionTimestamp', 'deletionTimestamp'],
  ['deletionGracePeriodSeconds', 'deletionGracePeriodSeconds'],
  ['ownerReferences', 'ownerReferences'],
  ['finalizers', 'finalizers'],
  ['managedFields', 'managedFields'],
] as const;

/** `path` is the source's; the name of the claim is judged at the volume's own. */
export function validateEphemeral(
  { name, ephemeral }: Volume,
  path: string,
  meta: ObjectMeta | undefined,
): FieldError[] {
  const template = ephemeral?.volumeClaimTemplate;
  const here = child(path, 'volumeClaimTemplate');
  const errors: FieldError[] = template ? [] : [required(here)];
  if (template) {
    const metaPath = child(here, 'metadata');
    const { metadata } = template;
    errors.push(
      ...validateAnnotations(metadata?.annotations, child(metaPath, 'annotations')),
      ...validateLabels(metadata?.labels, child(metaPath, 'labels')),
    );
    for (const [field, shown] of NOT_IN_TEMPLATES)
      if (metadata?.[field]) errors.push(forbiddenField(child(metaPath, shown), 'cannot be set'));
    errors.push(...validateClaimSpec(template.spec, child(here, 'spec')));
  }
  if (meta?.name && name) {
    const claim = claimName(meta, name);
    const volumePath = path.replace(/\.ephemeral$/, '');
    for (const m of dnsSubdomain(claim))
      errors.push(invalidValue(child(volumePath, 'name'), name, `PVC name ${JSON.stringify(claim)}: ${m}`));
  }
  return errors;
}

/** The claim that the ephemeral volume of a pod gets. */
export const claimName = (meta: ObjectMeta, volume: string): string => `${meta.name}-${volume}`;
