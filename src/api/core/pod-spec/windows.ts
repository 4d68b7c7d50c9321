/** Options of Windows containers, and what pods of an operating system may not set. */
import type { PodSpec, WindowsSecurityContextOptions } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { checkDnsSubdomain } from '../../validation/checks.ts';

const GMSA_SPEC_MAX_BYTES = 64 * 1024;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_DOMAIN = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$/;
const USER_FORBIDDEN = /["/\\[\]:;|=,+*?<>@]/;

export function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  const errors: FieldError[] = [];
  if (gmsaCredentialSpecName !== undefined) {
    errors.push(...checkDnsSubdomain(child(path, 'gmsaCredentialSpecName'), gmsaCredentialSpecName));
  }
  if (gmsaCredentialSpec !== undefined) {
    const here = child(path, 'gmsaCredentialSpec');
    const size = Buffer.byteLength(gmsaCredentialSpec);
    if (size === 0) {
      errors.push(invalidValue(here, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'));
    } else if (size > GMSA_SPEC_MAX_BYTES) {
      errors.push(invalidValue(here, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'));
    }
  }
  if (runAsUserName !== undefined) {
    const here = child(path, 'runAsUserName');
    errors.push(...userNameErrors(runAsUserName).map(m => invalidValue(here, runAsUserName, m)));
  }
  return errors;
}

function userNameErrors(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [first = '', second] = parts;
  const [domain, user] = second === undefined ? [undefined, first] : [first, second];
  const errors: string[] = [];
  if (domain !== undefined) {
    if (domain.length > 255) errors.push("runAsUserName's Domain length must be under 256 characters");
    if (!NETBIOS.test(domain) && !DNS_DOMAIN.test(domain)) {
      errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === '') errors.push("runAsUserName's User cannot be empty");
  else if (user.length > 104)
    errors.push("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) errors.push("runAsUserName's User cannot contain only periods or spaces");
  if (USER_FORBIDDEN.test(user)) {
    errors.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  }
  return errors;
}

/** Host-process containers: all of a pod or none, and in the host's network. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let total = 0;
  let hostProcess = 0;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    (spec[list] ?? []).forEach((container, i) => {
      total++;
      const own = container.securityContext?.windowsOptions?.hostProcess;
      if (ofPod !== undefined && own !== undefined && ofPod !== own) {
        errors.push(
          invalidValue(
            `${at(child(path, list), i)}.securityContext.windowsOptions.hostProcess`,
            own,
            `pod hostProcess value must be identical if both are specified, was ${ofPod}`,
          ),
        );
      }
      if (own ?? ofPod) hostProcess++;
    });
  }
  if (hostProcess === 0) return errors;
  if (hostProcess !== total) {
    errors.push(
      invalidValue(
        path,
        '',
        'If pod contains any hostProcess containers then all containers must be HostProcess containers',
      ),
    );
  }
  if (!spec.hostNetwork) {
    errors.push(
      invalidValue(
        child(path, 'hostNetwork'),
        false,
        'hostNetwork must be true if pod contains any hostProcess containers',
      ),
    );
  }
  return errors;
}

const NOT_FOR_WINDOWS = {
  pod: ['hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'],
  podSecurity: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'fsGroupChangePolicy',
    'sysctls',
    'runAsUser',
    'runAsGroup',
    'supplementalGroups',
    'supplementalGroupsPolicy',
  ],
  security: [
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'capabilities',
    'readOnlyRootFilesystem',
    'privileged',
    'allowPrivilegeEscalation',
    'procMount',
    'runAsUser',
    'runAsGroup',
  ],
} as const;

/** spec.os forbids what the other operating system alone knows. */
export function validateForOs(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (object: object | undefined, at: string, fields: readonly string[], detail: string) => {
    for (const field of fields) {
      if (object && (object as Record<string, unknown>)[field]) {
        errors.push(forbiddenField(child(at, field), detail));
      }
    }
  };
  const security = child(path, 'securityContext');
  const windows = spec.os?.name === 'windows';
  if (windows) {
    forbid(spec, path, NOT_FOR_WINDOWS.pod, 'cannot be set for a windows pod');
    forbid(spec.securityContext, security, NOT_FOR_WINDOWS.podSecurity, 'cannot be set for a windows pod');
  } else if (spec.os?.name === 'linux') {
    forbid(
      spec.securityContext,
      security,
      ['windowsOptions'],
      'windows options cannot be set for a linux pod',
    );
  } else {
    return errors;
  }
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'] as const) {
    (spec[list] ?? []).forEach((container, i) => {
      const here = child(at(child(path, list), i), 'securityContext');
      if (windows) {
        forbid(container.securityContext, here, NOT_FOR_WINDOWS.security, 'cannot be set for a windows pod');
      } else {
        forbid(
          container.securityContext,
          here,
          ['windowsOptions'],
          'windows options cannot be set for a linux pod',
        );
      }
    });
  }
  return errors;
}
