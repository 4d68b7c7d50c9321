/** Writes to pods/ephemeralcontainers: containers are added, and stay as they are. */
import type { EphemeralContainer, Pod } from '../../../generated/core-v1.ts';
import { type FieldError, forbiddenField } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';
import { unifiedDiff } from '../../validation/unified-diff.ts';
import { podSpecOptions } from '../pod-spec/options.ts';
import { isMirrorPod, validatePodAnnotationsUpdate } from './annotations.ts';
import { validatePod } from './validate.ts';

export function validateEphemeralContainersUpdate(next: Pod, old: Pod): FieldError[] {
  const path = 'spec.ephemeralContainers';
  if (isMirrorPod(old)) return [forbiddenField('', 'static pods do not support ephemeral containers')];
  const errors = [
    ...validatePod(next, podSpecOptions(next.spec, old.spec)),
    ...validatePodAnnotationsUpdate(next, old, 'metadata.annotations'),
  ];
  const byName = new Map((next.spec.ephemeralContainers ?? []).map(c => [c.name, c]));
  const text = (c: EphemeralContainer) => JSON.stringify(toInternal('EphemeralContainer', c), undefined, 1);
  for (const before of old.spec.ephemeralContainers ?? []) {
    const after = byName.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!after) errors.push(forbiddenField(path, `${which} may not be removed\n`));
    else if (!semanticEqual(before, after)) {
      errors.push(
        forbiddenField(path, `${which} may not be changed\n${unifiedDiff(text(before), text(after))}`),
      );
    }
  }
  return errors;
}
