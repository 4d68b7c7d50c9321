/** What a ResourceClaim asks for, itself and as a template. */
import type {
  DeviceClaimConfiguration,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from '../../generated/resource-v1.ts';
import { child, type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../validation/checks.ts';
import { validateFullyQualified, validateOpaque, validateSelectors, validateToleration } from './devices.ts';
import { checkList, checkSet } from './lists.ts';

const LIST_MAX = 32;
const ALTERNATIVES_MAX = 8;

type Wanted = ExactDeviceRequest | DeviceSubRequest;

export function defaultClaimSpec(spec: ResourceClaimSpec): void {
  for (const { exactly, firstAvailable } of spec.devices?.requests ?? []) {
    for (const wanted of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) defaultWanted(wanted);
  }
}

function defaultWanted(wanted: Wanted): void {
  wanted.allocationMode ||= 'ExactCount';
  if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1;
  defaultTolerations(wanted.tolerations);
}

export function defaultTolerations(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal';
}

export function validateClaimSpec(spec: ResourceClaimSpec, path: string): FieldError[] {
  const devices = child(path, 'devices');
  const { requests, constraints, config } = spec.devices ?? {};
  const names = requestNames(requests);
  return [
    ...checkSet(requests, child(devices, 'requests'), validateRequest, r => r.name, LIST_MAX),
    ...checkList(
      constraints,
      child(devices, 'constraints'),
      (c, here) => validateConstraint(c, here, names),
      LIST_MAX,
    ),
    ...checkList(
      config,
      child(devices, 'config'),
      (c, here) => validateConfiguration(c, here, names),
      LIST_MAX,
    ),
  ];
}

/** `request`, and `request/alternative` where there are such. */
export function requestNames(requests: readonly DeviceRequest[] | undefined): ReadonlySet<string> {
  return new Set(
    requests?.flatMap(({ name, firstAvailable }) => [
      name,
      ...(firstAvailable ?? []).map(alternative => `${name}/${alternative.name}`),
    ]),
  );
}

function validateRequest({ name, exactly, firstAvailable }: DeviceRequest, path: string): FieldError[] {
  const errors = checkDnsLabel(child(path, 'name'), name);
  const one = 'exactly one of `exactly` or `firstAvailable` is required';
  const alternatives = firstAvailable ?? [];
  if (exactly && alternatives.length > 0) {
    errors.push(invalidValue(path, null, `${one}, but multiple fields are set`));
  } else if (exactly) {
    errors.push(...validateWanted(exactly, child(path, 'exactly')));
  } else if (alternatives.length > 0) {
    errors.push(
      ...checkSet(
        alternatives,
        child(path, 'firstAvailable'),
        (wanted, here) => [
          ...checkDnsLabel(child(here, 'name'), wanted.name),
          ...validateWanted(wanted, here),
        ],
        a => a.name,
        ALTERNATIVES_MAX,
      ),
    );
  } else {
    errors.push(required(path, one));
  }
  return errors;
}

function validateWanted(wanted: Wanted, path: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode = '', count = 0, tolerations } = wanted;
  const className = child(path, 'deviceClassName');
  const errors =
    deviceClassName === '' ? [required(className)] : checkDnsSubdomain(className, deviceClassName);
  errors.push(...validateSelectors(selectors, child(path, 'selectors')));
  const modes = ['All', 'ExactCount'];
  if (allocationMode === 'ExactCount' && count <= 0) {
    errors.push(invalidValue(child(path, 'count'), count, 'must be greater than zero'));
  } else if (allocationMode === 'All' && count !== 0) {
    const why = "must not be specified when allocationMode is 'All'";
    errors.push(invalidValue(child(path, 'count'), count, why));
  } else if (!modes.includes(allocationMode)) {
    errors.push(notSupported(child(path, 'allocationMode'), allocationMode, modes));
  }
  return [...errors, ...checkList(tolerations, child(path, 'tolerations'), validateToleration)];
}

/** References to requests of the same claim. */
export function validateReferences(
  references: readonly string[] | undefined,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const check = (reference: string, here: string) => validateReference(reference, here, names);
  return checkSet(references, path, check, reference => reference, LIST_MAX);
}

export function validateReference(reference: string, path: string, names: ReadonlySet<string>): FieldError[] {
  const why =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  const parts = reference.split('/');
  const named = parts.length > 2 ? [] : parts.flatMap(part => checkDnsLabel(path, part));
  return names.has(reference) ? named : [...named, invalidValue(path, reference, why)];
}

function validateConstraint(
  { requests, matchAttribute, distinctAttribute }: DeviceConstraint,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const errors = validateReferences(requests, child(path, 'requests'), names);
  if (matchAttribute !== undefined) {
    errors.push(...validateFullyQualified(matchAttribute, child(path, 'matchAttribute')));
  } else if (distinctAttribute !== undefined) {
    errors.push(...validateFullyQualified(distinctAttribute, child(path, 'distinctAttribute')));
  } else {
    // Upstream's words, though nothing is set.
    const why =
      'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    errors.push(required(path, why));
  }
  return errors;
}

function validateConfiguration(
  { requests, opaque }: DeviceClaimConfiguration,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  return [
    ...validateReferences(requests, child(path, 'requests'), names),
    ...validateOpaque(opaque, child(path, 'opaque')),
  ];
}
