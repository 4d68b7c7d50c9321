/** Annotations of pods that upstream gives a meaning: mirror pods and AppArmor's old spelling. */
import type { PodSpec } from '../../../generated/core-v1.ts';
import { at, type FieldError, invalidValue } from '../../field-error.ts';
import { entriesOf } from '../../validation/checks.ts';

export const MIRROR_POD = 'kubernetes.io/config.mirror';
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

type Annotations = Readonly<Record<string, string>>;

export function validatePodAnnotations(annotations: Annotations, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(
      invalidValue(at(path, MIRROR_POD), mirror, 'must set spec.nodeName if mirror pod annotation is set'),
    );
  }
  const containers = new Set(
    [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].map(
      c => c.name,
    ),
  );
  for (const [key, value] of entriesOf(annotations)) {
    if (!key.startsWith(APPARMOR)) continue;
    const container = key.slice(APPARMOR.length);
    if (!containers.has(container)) {
      errors.push(invalidValue(at(path, key), container, 'container not found'));
    }
    if (value !== '' && !/^(runtime\/default|unconfined|localhost\/.*)$/.test(value)) {
      errors.push(
        invalidValue(at(path, key), value, `invalid AppArmor profile name: ${JSON.stringify(value)}`),
      );
    }
  }
  return errors;
}

/** The mirror annotation says what the kubelet runs: it is never changed through the API. */
export function validatePodAnnotationsUpdate(
  next: Annotations,
  old: Annotations,
  path: string,
): FieldError[] {
  return next[MIRROR_POD] === old[MIRROR_POD]
    ? []
    : [
        {
          field: at(path, MIRROR_POD),
          reason: 'FieldValueForbidden',
          body:
            next[MIRROR_POD] === undefined
              ? 'Forbidden: may not remove mirror pod annotation'
              : old[MIRROR_POD] === undefined
                ? 'Forbidden: may not add mirror pod annotation'
                : 'Forbidden: may not update mirror pod annotation',
        },
      ];
}
