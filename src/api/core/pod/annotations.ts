/** Annotations of pods that upstream gives a meaning: mirror pods and AppArmor's old spelling. */
import type { Pod, PodSpec } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { entriesOf } from '../../validation/checks.ts';
import { validateTolerations } from '../pod-spec/scheduling.ts';
import { localDescendingPath } from '../pod-volumes/paths.ts';
import { APPARMOR } from './apparmor.ts';
import { decodeTolerations } from './old-tolerations.ts';

const MIRROR_POD = 'kubernetes.io/config.mirror';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_CONTAINER = 'container.seccomp.security.alpha.kubernetes.io/';
const TOLERATIONS = 'scheduler.alpha.kubernetes.io/tolerations';
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** The picture of a pod that the kubelet runs of its own. */
export const isMirrorPod = ({ metadata }: { readonly metadata: ObjectMeta | undefined }): boolean =>
  metadata?.annotations?.[MIRROR_POD] !== undefined;

type Annotations = Readonly<Record<string, string>>;

export function validatePodAnnotations(annotations: Annotations, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const mirror = annotations[MIRROR_POD];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(
      invalidValue(at(path, MIRROR_POD), mirror, 'must set spec.nodeName if mirror pod annotation is set'),
    );
  }
  errors.push(
    ...validateOldTolerations(annotations[TOLERATIONS], path),
    ...validateDeletionCost(annotations, path),
    ...validateOldSeccomp(annotations, path),
  );
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

function validateOldTolerations(text: string | undefined, path: string): FieldError[] {
  if (!text) return [];
  const found = decodeTolerations(text);
  return typeof found === 'string'
    ? [invalidValue(path, TOLERATIONS, found)]
    : validateTolerations(found, child(path, TOLERATIONS));
}

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

/**
 * What the kubelet has made of some annotations is not changed through the API; then the rest is
 * checked once more, as upstream does.
 */
export function validatePodAnnotationsUpdate(next: Pod, old: Pod, path: string): FieldError[] {
  const { annotations: now = {} } = next.metadata;
  const { annotations: before = {} } = old.metadata;
  const kept = (key: string) => key.startsWith(APPARMOR) || key === MIRROR_POD;
  const what = (key: string) => (key === MIRROR_POD ? 'mirror pod annotation' : 'AppArmor annotations');
  return [
    ...entriesOf(before)
      .filter(([key, value]) => kept(key) && now[key] !== value)
      .map(([key]) => forbiddenField(at(path, key), `may not remove or update ${what(key)}`)),
    ...entriesOf(now)
      .filter(([key]) => kept(key) && before[key] === undefined)
      .map(([key]) => forbiddenField(at(path, key), `may not add ${what(key)}`)),
    ...validatePodAnnotations(now, next.spec, path),
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
