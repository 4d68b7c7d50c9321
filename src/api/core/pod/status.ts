/** Writes to pods/status: what they may touch, and what a status must be. */
import type {
  ContainerStatus,
  HostIP,
  Pod,
  PodCondition,
  PodExtendedResourceClaimStatus,
  PodIP,
  PodResourceClaimStatus,
  PodSpec,
  PodStatus,
} from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  internalError,
  invalidValue,
  required,
} from '../../field-error.ts';
import { roundResources, roundToMilli } from '../../validation/amounts.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checked,
  checkQualifiedName,
  immutable,
} from '../../validation/checks.ts';
import { ipErrors, parseIp } from '../../validation/ip.ts';
import { ipWarnings } from '../../validation/ip-warnings.ts';
import { validatePodAnnotationsUpdate } from './annotations.ts';
import { validateContainerReports, validateContainerTransitions } from './container-status.ts';
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
  dropDisabledFields(status);
  roundAmounts(status);
  syncPodAddress(status);
  keepObservedGenerations(status, old.status ?? {});
}

/** Of features that v1.36 has off by default. */
function dropDisabledFields(status: PodStatus): void {
  delete status.nodeAllocatableResourceClaimStatuses;
  for (const { volumeMounts = [] } of reportsOf(status))
    for (const mount of volumeMounts) delete mount.volumeStatus;
}

const reportsOf = (status: PodStatus): readonly ContainerStatus[] => [
  ...(status.initContainerStatuses ?? []),
  ...(status.containerStatuses ?? []),
  ...(status.ephemeralContainerStatuses ?? []),
];

function roundAmounts(status: PodStatus): void {
  for (const { allocatedResources, resources } of [status, ...reportsOf(status)]) {
    roundToMilli(allocatedResources);
    roundResources(resources);
  }
}

/** The old singular field and the first of the list say the same: what was given fills the other. */
function syncPodAddress(status: PodStatus): void {
  const { podIP, podIPs = [] } = status;
  if (podIP && podIPs[0]?.ip !== podIP) status.podIPs = [{ ip: podIP }];
  else if (!podIP && podIPs[0]?.ip) status.podIP = podIPs[0].ip;
}

/** A generation is never forgotten: neither the pod's, nor that of a condition, one by one of its type. */
function keepObservedGenerations(status: PodStatus, old: PodStatus): void {
  if (old.observedGeneration) status.observedGeneration ||= old.observedGeneration;
  const before = new Map<string, (number | undefined)[]>();
  for (const { type, observedGeneration } of old.conditions ?? [])
    before.set(type, [...(before.get(type) ?? []), observedGeneration]);
  for (const condition of status.conditions ?? []) {
    const generation = before.get(condition.type)?.shift();
    if (generation) condition.observedGeneration ||= generation;
  }
}

/** Conditions of the system itself have names that need no check. */
const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];
const NEGATIVE = 'must be a non-negative integer';

export function validateStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const { spec, status = {} } = next;
  const before = old.status ?? {};
  return [
    ...validatePodAnnotationsUpdate(next, old, 'metadata.annotations'),
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
    ...validateNomination(status, old),
    ...generationErrors('status.observedGeneration', status.observedGeneration),
    ...(before.qosClass ? immutable('status.qosClass', status.qosClass, before.qosClass) : []),
    ...validateContainerTransitions(status, old),
    ...validateClaims(status.resourceClaimStatuses ?? [], spec),
    ...validateExtendedClaim(status.extendedResourceClaimStatus, spec),
    ...validateAddresses(status.podIPs ?? [], before.podIPs ?? [], 'status.podIPs'),
    ...validateHostAddresses(status, before),
    ...validateContainerReports(status, spec),
  ];
}

/** Texts of Warning headers. */
export const statusWarnings = ({ status: { podIPs = [], hostIPs = [] } = {} }: Pod): string[] => [
  ...podIPs.flatMap(({ ip }, i) => ipWarnings(child(at('status.podIPs', i), 'ip'), ip)),
  ...hostIPs.flatMap(({ ip }, i) => ipWarnings(child(at('status.hostIPs', i), 'ip'), ip)),
];

function generationErrors(path: string, generation: number | undefined): FieldError[] {
  return generation !== undefined && generation < 0 ? [invalidValue(path, generation, NEGATIVE)] : [];
}

function validateConditions(conditions: readonly PodCondition[], path: string): FieldError[] {
  return conditions.flatMap(({ type, observedGeneration }, i) => [
    ...generationErrors(child(at(path, i), 'observedGeneration'), observedGeneration),
    // Upstream names the path so.
    ...(SYSTEM_CONDITIONS.includes(type) ? [] : checkQualifiedName(child(at(path, i), 'Type'), type)),
  ]);
}

function validateNomination({ nominatedNodeName }: PodStatus, { spec, status }: Pod): FieldError[] {
  if (!nominatedNodeName || nominatedNodeName === status?.nominatedNodeName) return [];
  const path = 'status.nominatedNodeName';
  const errors = checkDnsSubdomain(path, nominatedNodeName);
  if (spec.nodeName) {
    errors.push(forbiddenField(path, 'may not be set on pods that are already bound to a node'));
  }
  return errors;
}

function validateClaims(statuses: readonly PodResourceClaimStatus[], spec: PodSpec): FieldError[] {
  const seen = new Set<string>();
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const entry = at('status.resourceClaimStatuses', i);
    const path = child(entry, 'name');
    const errors: FieldError[] = [];
    if (!spec.resourceClaims?.some(claim => claim.name === name)) {
      errors.push(invalidValue(path, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(path, name));
    seen.add(name);
    if (resourceClaimName !== undefined)
      errors.push(...checkDnsSubdomain(child(entry, 'resourceClaimName'), resourceClaimName));
    return errors;
  });
}

/** The claim that the scheduler made for extended resources, request by request. */
function validateExtendedClaim(
  claim: PodExtendedResourceClaimStatus | undefined,
  spec: PodSpec,
): FieldError[] {
  if (!claim) return [];
  const path = 'status.extendedResourceClaimStatus';
  const mappings = child(path, 'requestMappings');
  const containers = new Map(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(c => [c.name, c]),
  );
  const errors: FieldError[] = [];
  if ((claim.requestMappings ?? []).length === 0) {
    errors.push(required(mappings, 'at least one request mapping is required'));
  }
  const seen = new Set<string>();
  for (const [i, mapping] of (claim.requestMappings ?? []).entries()) {
    const here = at(mappings, i);
    const { containerName, resourceName, requestName } = mapping;
    const container = containers.get(containerName);
    if (!container) {
      const detail = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalidValue(child(here, 'containerName'), containerName, detail));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const detail =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(invalidValue(child(here, 'resourceName'), resourceName, detail));
    }
    // Without the mapping, as upstream has it.
    errors.push(...checkDnsLabel(child(path, 'requestName'), requestName));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      for (const field of ['containerName', 'resourceName', 'requestName'] as const)
        errors.push(duplicate(child(here, field), mapping[field]));
    }
    seen.add(key);
  }
  const name = child(path, 'resourceClaimName');
  return [
    ...errors,
    ...(claim.resourceClaimName ? checkDnsSubdomain(name, claim.resourceClaimName) : [required(name)]),
  ];
}

type Address = PodIP | HostIP;

function validateHostAddresses({ hostIP, hostIPs = [] }: PodStatus, old: PodStatus): FieldError[] {
  const path = 'status.hostIPs';
  const first = hostIPs[0];
  const differs = first !== undefined && first.ip !== (hostIP ?? '');
  const why = 'must be equal to `hostIP`';
  return [
    ...(differs ? [invalidValue(child(at(path, 0), 'ip'), first.ip, why)] : []),
    ...validateAddresses(hostIPs, old.hostIPs ?? [], path),
  ];
}

/** One of each family at most; an address that was there already stays, however it is spelt. */
function validateAddresses(
  addresses: readonly Address[],
  old: readonly Address[],
  path: string,
): FieldError[] {
  const kept = new Set(old.map(({ ip }) => ip));
  const errors = addresses.flatMap(({ ip }, i) => (kept.has(ip) ? [] : checked(at(path, i), ip, ipErrors)));
  if (addresses.length < 2) return errors;
  const wrong = addresses.findIndex(({ ip }) => !parseIp(ip));
  if (wrong >= 0) {
    const detail = `invalid IP[${wrong}]: ${addresses[wrong]?.ip}`;
    errors.push(internalError(path, `failed to check for dual stack with error:${detail}`));
  }
  const families = new Set(addresses.map(({ ip }) => parseIp(ip)?.family));
  if (wrong >= 0 || addresses.length > 2 || families.size < 2) {
    // As upstream's structs print: they have no JSON names.
    const shown = addresses.map(({ ip }) => ({ IP: ip }));
    errors.push(invalidValue(path, shown, 'may specify no more than one IP for each IP family'));
  }
  return errors;
}
