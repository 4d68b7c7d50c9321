/** Security contexts of pods and containers. */
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
} from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../field-error.ts';
import { inRange, optionalEnumeration } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';
import { localDescendingPath } from '../pod-volumes/paths.ts';
import { validateWindowsOptions } from './windows.ts';

const ID_MAX = 2 ** 31 - 1;
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const APPARMOR_MAX_BYTES = 4095;

function validateId(path: string, id: number | undefined): FieldError[] {
  return id === undefined ? [] : inRange(path, id, 0, ID_MAX);
}

export function validatePodSecurity(
  context: PodSecurityContext | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  if (!context) return validateProcessNamespace(spec, path);
  return [
    ...validateId(child(path, 'fsGroup'), context.fsGroup),
    ...validateId(child(path, 'runAsUser'), context.runAsUser),
    ...validateId(child(path, 'runAsGroup'), context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((id, i) =>
      validateId(at(child(path, 'supplementalGroups'), i), id),
    ),
    ...validateProcessNamespace(spec, path),
    ...validateSysctls(context.sysctls ?? [], spec, child(path, 'sysctls')),
    ...optionalEnumeration(child(path, 'fsGroupChangePolicy'), context.fsGroupChangePolicy, [
      'Always',
      'OnRootMismatch',
    ]),
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
    ...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
    ...optionalEnumeration(child(path, 'supplementalGroupsPolicy'), context.supplementalGroupsPolicy, [
      'Merge',
      'Strict',
    ]),
    ...optionalEnumeration(child(path, 'seLinuxChangePolicy'), context.seLinuxChangePolicy, ['Recursive']),
  ];
}

/** The internal form has it in the security context; so have the paths of errors. */
function validateProcessNamespace({ shareProcessNamespace, hostPID }: PodSpec, path: string): FieldError[] {
  if (!shareProcessNamespace || !hostPID) return [];
  const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
  return [invalidValue(child(path, 'shareProcessNamespace'), true, detail)];
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const SYSCTL_TEXT = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const SYSCTL_MAX = 253;

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string): FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const here = child(at(path, i), 'name');
    const errors: FieldError[] = [];
    if (name === '') {
      errors.push(required(here));
    } else if (Buffer.byteLength(name) > SYSCTL_MAX || !SYSCTL.test(name)) {
      errors.push(
        invalidValue(here, name, `must have at most ${SYSCTL_MAX} characters and match regex ${SYSCTL_TEXT}`),
      );
    } else if (names.has(name)) {
      errors.push(duplicate(here, name));
    }
    names.add(name);
    // Slashes and dots change places when the first separator is a slash.
    const dotted = /^[^./]*\//.test(name) ? name.replaceAll('/', '.') : name;
    if (spec.hostNetwork && dotted.startsWith('net.')) {
      errors.push(invalidValue(here, name, "may not be specified when 'hostNetwork' is true"));
    }
    if (spec.hostIPC && /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/.test(dotted)) {
      errors.push(invalidValue(here, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const here = child(path, 'localhostProfile');
  const errors: FieldError[] = [];
  if (type === '') {
    errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  } else if (!PROFILE_TYPES.includes(type)) {
    errors.push(notSupported(child(path, 'type'), type, PROFILE_TYPES));
  }
  if (type === 'Localhost') {
    if (localhostProfile === undefined) {
      errors.push(required(here, 'must be set when seccomp type is Localhost'));
    } else {
      errors.push(...localDescendingPath(here, localhostProfile));
    }
  } else if (localhostProfile !== undefined) {
    const shown = toInternal('SeccompProfile', profile);
    errors.push(invalidValue(here, shown, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

export function validateAppArmor(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const here = child(path, 'localhostProfile');
  if (type === '') {
    return [required(child(path, 'type'), 'type is required when appArmorProfile is set')];
  }
  if (!PROFILE_TYPES.includes(type)) return [notSupported(child(path, 'type'), type, PROFILE_TYPES)];
  if (type !== 'Localhost') {
    return localhostProfile === undefined
      ? []
      : [invalidValue(here, localhostProfile, 'can only be set when AppArmor type is Localhost')];
  }
  if (localhostProfile === undefined) return [required(here, 'must be set when AppArmor type is Localhost')];
  const errors: FieldError[] = [];
  if (localhostProfile.trim() !== localhostProfile) {
    errors.push(invalidValue(here, localhostProfile, 'must not be padded with whitespace'));
  } else if (localhostProfile === '') {
    errors.push(required(here, 'must be set when AppArmor type is Localhost'));
  }
  if (Buffer.byteLength(localhostProfile) > APPARMOR_MAX_BYTES)
    errors.push(tooLong(here, APPARMOR_MAX_BYTES));
  return errors;
}

/** `hostUsers`: whether the pod runs in the host's user namespace. */
export function validateContainerSecurity(
  context: SecurityContext | undefined,
  path: string,
  hostUsers: boolean,
): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [
    ...validateId(child(path, 'runAsUser'), context.runAsUser),
    ...validateId(child(path, 'runAsGroup'), context.runAsGroup),
    ...optionalEnumeration(child(path, 'procMount'), context.procMount, ['Default', 'Unmasked']),
  ];
  if (hostUsers && context.procMount === 'Unmasked') {
    errors.push(
      invalidValue(child(path, 'procMount'), 'Unmasked', '`hostUsers` must be false to use `Unmasked`'),
    );
  }
  errors.push(...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')));
  if (context.allowPrivilegeEscalation === false) {
    const shown = () => toInternal('SecurityContext', context);
    if (context.privileged) {
      errors.push(
        invalidValue(
          path,
          shown(),
          'cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
        ),
      );
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      errors.push(
        invalidValue(
          path,
          shown(),
          'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN',
        ),
      );
    }
  }
  errors.push(
    ...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
  );
  return errors;
}

/** A user namespace of the pod's own excludes the host's other namespaces. */
export function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const errors: FieldError[] = [];
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field]) errors.push(forbiddenField(child(path, field), 'when `hostUsers` is false'));
  }
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  if (containers.some(c => (c.volumeDevices ?? []).length > 0)) {
    errors.push(forbiddenField(child(path, 'volumeDevices'), 'when `hostUsers` is false'));
  }
  return errors;
}
