/** Writes to pods/status: what they may touch, and what a status must be. */
import type {
  Container,
  ContainerStatus,
  EphemeralContainer,
  HostIP,
  Pod,
  PodIP,
  PodResourceClaimStatus,
  PodSpec,
  PodStatus,
} from '../../../generated/core-v1.ts';
import { at, child, duplicate, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import {
  checkDnsSubdomain,
  checked,
  checkQualifiedName,
  immutable,
  nonNegative,
} from '../../validation/checks.ts';
import { ipErrors, parseIp } from '../../validation/ip.ts';
import { validatePodAnnotationsUpdate } from './annotations.ts';
import { qosClassOf } from './qos.ts';

export function prepareStatusUpdate(next: Pod, old: Pod): void {
  next.spec = structuredClone(old.spec);
  // Owners and deletion are not the status writer's to change.
  for (const field of ['ownerReferences', 'deletionTimestamp'] as const) {
    if (old.metadata[field] === undefined) delete next.metadata[field];
    else Object.assign(next.metadata, { [field]: old.metadata[field] });
  }
  next.status ??= {};
  const { status } = next;
  status.qosClass ||= old.status?.qosClass || qosClassOf(next.spec);
  syncAddress(status, 'podIP', 'podIPs');
  syncAddress(status, 'hostIP', 'hostIPs');
}

/** The old singular field and the first of the list say the same: what was given fills the other. */
function syncAddress(status: PodStatus, one: 'podIP' | 'hostIP', many: 'podIPs' | 'hostIPs'): void {
  const list = status[many] ?? [];
  const first = status[one];
  if (first && list.length === 0) status[many] = [{ ip: first }];
  else if (first && list[0]?.ip !== first) status[many] = [{ ip: first }];
  else if (!first && list[0]?.ip) status[one] = list[0].ip;
}

/** Conditions of the system itself have names that need no check. */
const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

export function validateStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const { spec, metadata, status = {} } = next;
  const before = old.status ?? {};
  const errors = validatePodAnnotationsUpdate(
    metadata.annotations ?? {},
    old.metadata.annotations ?? {},
    'metadata.annotations',
  );
  for (const [i, { type }] of (status.conditions ?? []).entries()) {
    // Upstream names the path so.
    const path = child(at('metadata.conditions', i), 'Type');
    if (!SYSTEM_CONDITIONS.includes(type)) errors.push(...checkQualifiedName(path, type));
  }
  const { nominatedNodeName: nominated } = status;
  if (nominated && nominated !== before.nominatedNodeName) {
    errors.push(...checkDnsSubdomain('status.nominatedNodeName', nominated));
  }
  errors.push(
    ...(before.qosClass ? immutable('status.qosClass', status.qosClass, before.qosClass) : []),
    ...nonNegative('status.observedGeneration', status.observedGeneration),
  );
  for (const [field, list] of LISTS) {
    const mayRestart = (ended: ContainerStatus) =>
      field !== 'ephemeralContainerStatuses' && restarts(ended, old.spec, old.spec[list] ?? []);
    errors.push(
      ...validateTransitions(status[field] ?? [], before[field] ?? [], `status.${field}`, mayRestart),
    );
  }
  return [
    ...errors,
    ...validateClaims(status.resourceClaimStatuses ?? [], spec),
    ...validateAddresses(status.podIPs ?? [], 'status.podIPs'),
    ...validateHostAddresses(status),
  ];
}

const LISTS = [
  ['containerStatuses', 'containers'],
  ['initContainerStatuses', 'initContainers'],
  ['ephemeralContainerStatuses', 'ephemeralContainers'],
] as const;

/** Whether the container that ended so may run again: by its own policy, or by its pod's. */
function restarts(
  { name, state }: ContainerStatus,
  spec: PodSpec,
  containers: readonly (Container | EphemeralContainer)[],
): boolean {
  const own = containers.find(c => c.name === name);
  const policy = own?.restartPolicy ?? spec.restartPolicy;
  if (own && 'restartPolicyRules' in own) return true;
  return policy === 'Always' || (policy === 'OnFailure' && state?.terminated?.exitCode !== 0);
}

/** A container that ended for good does not run again under the same restart count. */
function validateTransitions(
  next: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  path: string,
  mayRestart: (ended: ContainerStatus) => boolean,
): FieldError[] {
  return old.flatMap((before, i) => {
    if (!before.state?.terminated || mayRestart(before)) return [];
    return next
      .filter(after => after.name === before.name && !after.state?.terminated)
      .map(() =>
        forbiddenField(child(at(path, i), 'state'), 'may not be transitioned to non-terminated state'),
      );
  });
}

function validateClaims(statuses: readonly PodResourceClaimStatus[], spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const path = child(at('status.resourceClaimStatuses', i), 'name');
    const errors: FieldError[] = [];
    if (!spec.resourceClaims?.some(claim => claim.name === name)) {
      errors.push(invalidValue(path, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(path, name));
    seen.add(name);
    // The path is that of the entry's name, as upstream's.
    if (resourceClaimName !== undefined) errors.push(...checkDnsSubdomain(path, resourceClaimName));
    return errors;
  });
}

type Address = PodIP | HostIP;

function validateHostAddresses({ hostIP, hostIPs = [] }: PodStatus): FieldError[] {
  const path = 'status.hostIPs';
  const first = hostIPs[0];
  const differs = first !== undefined && first.ip !== (hostIP ?? '');
  const why = 'must be equal to `hostIP`';
  return [
    ...(differs ? [invalidValue(child(at(path, 0), 'ip'), first.ip, why)] : []),
    ...validateAddresses(hostIPs, path),
  ];
}

/** One of each family at most. */
function validateAddresses(addresses: readonly Address[], path: string): FieldError[] {
  const errors = addresses.flatMap(({ ip }, i) => checked(at(path, i), ip, ipErrors));
  if (addresses.length < 2) return errors;
  const families = new Set(addresses.map(({ ip }) => parseIp(ip)?.family));
  // As upstream's structs print: they have no JSON names.
  const shown = addresses.map(({ ip }) => ({ IP: ip }));
  if (addresses.length > 2 || families.size < 2) {
    errors.push(invalidValue(path, shown, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}
