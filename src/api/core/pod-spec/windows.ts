/** Options of Windows containers, and what pods of an operating system may not set. */
import type { PodSpec, WindowsSecurityContextOptions } from '../../../generated/core-v1.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../field-error.ts';
import { checkDnsSubdomain } from '../../validation/checks.ts';

const GMSA_SPEC_MAX_BYTES = 64 * 1024;
const NETBIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/u;
const DOMAIN_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_DOMAIN = new RegExp(`^${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*$`);
/** As upstream visits them. */
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;
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

/** ASCII's; others count as letters. */
const hasControl = (name: string) => name.split('').some(c => c < ' ' || c === '\u007f');

function userNameErrors(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (hasControl(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const [first = '', second] = parts;
  const [domain, user] = second === undefined ? [undefined, first] : [first, second];
  const errors: string[] = [];
  if (domain !== undefined) {
    if (Buffer.byteLength(domain) > 255)
      errors.push("runAsUserName's Domain length must be under 256 characters");
    if (!NETBIOS.test(domain) && !DNS_DOMAIN.test(domain)) {
      errors.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
    }
  }
  if (user === '') errors.push("runAsUserName's User cannot be empty");
  else if (Buffer.byteLength(user) > 104)
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
  for (const list of CONTAINER_LISTS) {
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

const NOT_FOR_WINDOWS = 'cannot be set for a windows pod';
const NOT_FOR_LINUX = 'windows options cannot be set for a linux pod';

/** In the order of the internal security context, which has the host namespaces too. */
const LINUX_ONLY_OF_POD = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
];
/** Fields that say nothing while they are false. */
const PLAIN_BOOLEANS = ['hostPID', 'hostIPC'];
const LINUX_ONLY_OF_CONTAINERS = [
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
];

/** spec.os is one that is known, and forbids what the other operating system alone knows. */
export function validateOs(spec: PodSpec, path: string): FieldError[] {
  const here = child(path, 'os');
  switch (spec.os?.name) {
    case undefined:
      return [];
    case '':
      return [required(child(here, 'name'), 'cannot be empty')];
    case 'windows':
      return [
        ...forbidden(spec, LINUX_ONLY_OF_POD, path, NOT_FOR_WINDOWS),
        ...securityContexts(spec, path).flatMap(({ context, at }) =>
          forbidden(context, LINUX_ONLY_OF_CONTAINERS, at, NOT_FOR_WINDOWS),
        ),
      ];
    case 'linux':
      return [
        ...forbidden(spec, ['securityContext.windowsOptions'], path, NOT_FOR_LINUX),
        ...securityContexts(spec, path).flatMap(({ context, at }) =>
          forbidden(context, ['windowsOptions'], at, NOT_FOR_LINUX),
        ),
      ];
    default:
      return [notSupported(here, spec.os?.name, ['linux', 'windows'])];
  }
}

function securityContexts(spec: PodSpec, path: string): { context: object | undefined; at: string }[] {
  return CONTAINER_LISTS.flatMap(list =>
    (spec[list] ?? []).map(({ securityContext }, i) => ({
      context: securityContext,
      at: child(at(child(path, list), i), 'securityContext'),
    })),
  );
}

function forbidden(
  object: object | undefined,
  fields: readonly string[],
  path: string,
  detail: string,
): FieldError[] {
  return fields
    .filter(field => isSet(object, field))
    .map(field => forbiddenField(child(path, field), detail));
}

function isSet(object: object | undefined, field: string): boolean {
  let value: unknown = object;
  for (const name of field.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  if (Array.isArray(value)) return value.length > 0;
  return PLAIN_BOOLEANS.includes(field) ? value === true : value !== undefined;
}
