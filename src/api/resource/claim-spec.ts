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
import { at, child, duplicate, type FieldError, invalidValue, required, tooMany } from '../field-error.ts';
import { validateLabelKey } from '../meta/labels.ts';
import { dnsLabel, labelValue } from '../meta/names.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checked,
  enumeration,
  optionalEnumeration,
} from '../validation/checks.ts';
import { validateFullyQualified, validateOpaque, validateSelectors } from './devices.ts';

const LIST_MAX = 32;
const ALTERNATIVES_MAX = 8;
const TOLERATIONS_MAX = 16;

type Wanted = ExactDeviceRequest | DeviceSubRequest;

export function defaultClaimSpec(spec: ResourceClaimSpec): void {
  for (const { exactly, firstAvailable } of spec.devices?.requests ?? []) {
    for (const wanted of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) defaultWanted(wanted);
  }
}

function defaultWanted(wanted: Wanted): void {
  wanted.allocationMode ||= 'ExactCount';
  if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1;
  for (const toleration of wanted.tolerations ?? []) toleration.operator ||= 'Equal';
}

export function validateClaimSpec(spec: ResourceClaimSpec, path: string): FieldError[] {
  const devices = child(path, 'devices');
  const { constraints, config } = spec.devices ?? {};
  const requests = spec.devices?.requests ?? [];
  const names = requestNames(requests);
  return [
    ...limited(requests, child(devices, 'requests'), validateRequest),
    ...duplicates(
      requests.map(r => r.name),
      child(devices, 'requests'),
    ),
    ...limited(constraints ?? [], child(devices, 'constraints'), (c, here) =>
      validateConstraint(c, here, names),
    ),
    ...limited(config ?? [], child(devices, 'config'), (c, here) => validateConfiguration(c, here, names)),
  ];
}

function limited<T>(
  list: readonly T[],
  path: string,
  check: (item: T, path: string) => FieldError[],
  max = LIST_MAX,
): FieldError[] {
  return list.length > max
    ? [tooMany(path, list.length, max)]
    : list.flatMap((item, i) => check(item, at(path, i)));
}

function duplicates(values: readonly string[], path: string): FieldError[] {
  return values.flatMap((value, i) => (values.indexOf(value) < i ? [duplicate(at(path, i), value)] : []));
}

/** `request`, and `request/alternative` where there are such. */
function requestNames(requests: readonly DeviceRequest[]): ReadonlySet<string> {
  return new Set(
    requests.flatMap(({ name, firstAvailable }) => [
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
    const here = child(path, 'firstAvailable');
    errors.push(
      ...limited(
        alternatives,
        here,
        (wanted, at) => [...checkDnsLabel(child(at, 'name'), wanted.name), ...validateWanted(wanted, at)],
        ALTERNATIVES_MAX,
      ),
      ...duplicates(
        alternatives.map(a => a.name),
        here,
      ),
    );
  } else {
    errors.push(required(path, one));
  }
  return errors;
}

function validateWanted(wanted: Wanted, path: string): FieldError[] {
  const { deviceClassName, selectors, allocationMode, count = 0, tolerations = [] } = wanted;
  const className = child(path, 'deviceClassName');
  const errors =
    deviceClassName === '' ? [required(className)] : checkDnsSubdomain(className, deviceClassName);
  errors.push(...validateSelectors(selectors, child(path, 'selectors')));
  if (allocationMode === 'ExactCount' && count <= 0) {
    errors.push(invalidValue(child(path, 'count'), count, 'must be greater than zero'));
  } else if (allocationMode === 'All' && count !== 0) {
    const why = "must not be specified when allocationMode is 'All'";
    errors.push(invalidValue(child(path, 'count'), count, why));
  }
  errors.push(
    ...optionalEnumeration(child(path, 'allocationMode'), allocationMode, ['All', 'ExactCount']),
    ...limited(tolerations, child(path, 'tolerations'), validateToleration, TOLERATIONS_MAX),
  );
  return errors;
}

function validateToleration(toleration: DeviceToleration, path: string): FieldError[] {
  const { key = '', operator = '', value = '', effect } = toleration;
  const errors = key === '' ? [] : validateLabelKey(key, child(path, 'key'));
  if (key === '' && operator !== 'Exists') {
    errors.push(
      invalidValue(child(path, 'operator'), operator, 'operator must be Exists when `key` is empty'),
    );
  }
  errors.push(...enumeration(child(path, 'operator'), operator, ['Equal', 'Exists']));
  if (operator === 'Exists' && value !== '') {
    const why = 'must be empty when `operator` is `Exists`';
    errors.push(invalidValue(child(path, 'value'), value, why));
  } else {
    errors.push(...checked(child(path, 'value'), value, labelValue));
  }
  return [
    ...errors,
    ...(effect ? optionalEnumeration(child(path, 'effect'), effect, ['NoExecute', 'NoSchedule']) : []),
  ];
}

/** References to requests of the same claim. */
function validateReferences(
  references: readonly string[] | undefined,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const list = references ?? [];
  return [
    ...limited(list, path, (reference, here) => [
      ...reference.split('/').flatMap(part => dnsLabel(part).map(m => invalidValue(here, reference, m))),
      ...(names.has(reference)
        ? []
        : [
            invalidValue(
              here,
              reference,
              "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
            ),
          ]),
    ]),
    ...duplicates(list, path),
  ];
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
