/** Annotations of pods that upstream gives a meaning: mirror pods and AppArmor's old spelling. */
import type { PodSpec } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { entriesOf } from '../../validation/checks.ts';
import { localDescendingPath } from '../pod-volumes/paths.ts';

export const MIRROR_POD = 'kubernetes.io/config.mirror';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
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
  errors.push(...validateDeletionCost(annotations, path), ...validateOldSeccomp(annotations, path));
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
function validateDeletionCost(annotations: Annotations, path: string): FieldError[] {
  const cost = annotations[DELETION_COST];
  if (cost === undefined) return [];
  const integer = /^(0|-?[1-9][0-9]*|-0[0-9]*)$/.test(cost) && Number(cost) === (Number(cost) | 0);
  return integer ? [] : [invalidValue(at(path, DELETION_COST), cost, 'must be a 32bit integer')];
}

function validateOldSeccomp(annotations: Annotations, path: string): FieldError[] {
  const keys = entriesOf(annotations)
    .map(([key]) => key)
    .filter(key => key.startsWith(SECCOMP_CONTAINER));
  const named = annotations[SECCOMP_POD] === undefined ? keys : [SECCOMP_POD, ...keys];
  return named.flatMap(key => {
    const profile = annotations[key] ?? '';
    const where = child(path, key);
    if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return [];
    return profile.startsWith(LOCAL)
      ? localDescendingPath(where, profile.slice(LOCAL.length))
      : [invalidValue(where, profile, 'must be a valid seccomp profile')];
  });
}

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

/** How the annotations spell the types of profiles; a local one is followed by its name. */
const OLD_NAMES: Readonly<Record<string, readonly string[]>> = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default'],
};
const LOCAL = 'localhost/';

interface Profile {
  readonly type: string;
  readonly localhostProfile?: string | undefined;
}

/** Where a new pod says a profile both by annotation and by field, they say the same. */
export function validateProfilesMatch(annotations: Annotations, spec: PodSpec, base: string): FieldError[] {
  const containers = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    (spec[list] ?? []).map((container, i) => ({ container, path: at(child(base, list), i) })),
  );
  const compare = (what: string, key: string, profile: Profile | undefined, path: string) =>
    matchProfile(what, annotations[key], profile, path);
  return [
    ...compare(
      'seccomp',
      SECCOMP_POD,
      spec.securityContext?.seccompProfile,
      child(base, 'securityContext.seccompProfile'),
    ),
    ...containers.flatMap(({ container: { name, securityContext }, path }) =>
      compare(
        'seccomp',
        SECCOMP_CONTAINER + name,
        securityContext?.seccompProfile,
        `${path}.securityContext.seccompProfile`,
      ),
    ),
    ...(spec.os?.name === 'windows' ? [] : containers).flatMap(
      ({ container: { name, securityContext }, path }) =>
        compare(
          'apparmor',
          APPARMOR + name,
          securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile,
          `${path}.securityContext.appArmorProfile`,
        ),
    ),
  ];
}

function matchProfile(
  what: string,
  annotation: string | undefined,
  profile: Profile | undefined,
  path: string,
): FieldError[] {
  if (annotation === undefined || !profile) return [];
  const differs = (field: string, part: string) => [
    forbiddenField(`${path}.${field}`, `${what} ${part} in annotation and field must match`),
  ];
  if (profile.type !== 'Localhost') {
    const names = OLD_NAMES[profile.type] ?? [annotation];
    const docker = what === 'seccomp' && profile.type === 'RuntimeDefault' && annotation === 'docker/default';
    return names.includes(annotation) || docker ? [] : differs('type', 'type');
  }
  if (!annotation.startsWith(LOCAL)) return differs('type', 'type');
  return annotation.slice(LOCAL.length) === profile.localhostProfile
    ? []
    : differs('localhostProfile', 'profile');
}
