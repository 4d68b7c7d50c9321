/** What was given to a ResourceClaim: devices, what their drivers say of them, and who uses the claim. */
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '../../generated/resource-v1.ts';
import { validateNodeSelector } from '../core/pod-spec/node-selector.ts';
import {
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
  tooMany,
} from '../field-error.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';
import { checkDnsLabel, checked, enumeration, IMMUTABLE, semanticEqual } from '../validation/checks.ts';
import { validateConditions } from '../validation/conditions.ts';
import { validateDriverName } from '../validation/driver-name.ts';
import { toInternal } from '../validation/internal-form.ts';
import { interfaceAddressErrors } from '../validation/ip.ts';
import { requestNames, validateReference, validateReferences } from './claim-spec.ts';
import {
  validateBinding,
  validateData,
  validateOpaque,
  validatePoolName,
  validateToleration,
} from './devices.ts';
import { checkList, checkSet } from './lists.ts';

const CONSUMERS_MAX = 256;
const RESULTS_MAX = 32;
const CONFIG_MAX = 64;
const CONDITIONS_MAX = 8;
const INTERFACE_NAME_MAX = 256;
const HARDWARE_ADDRESS_MAX = 128;
const ADDRESSES_MAX = 16;
const SOURCES = ['FromClaim', 'FromClass'];
const UUID = /^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

type Shared = Pick<AllocatedDeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;

/** One share of a device. */
export const sharedDevice = ({ driver, pool, device, shareID }: Shared): string =>
  [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');

export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { allocation, devices } = claim.status ?? {};
  const reservedFor = claim.status?.reservedFor ?? [];
  const before = old.status?.allocation;
  const allocated = new Set(allocation?.devices?.results?.map(sharedDevice));
  const consumers = 'status.reservedFor';
  const errors = [
    ...checkSet(reservedFor, consumers, validateConsumer, c => c.uid, CONSUMERS_MAX),
    ...validateDevices(devices, 'status.devices', allocated),
  ];
  if (reservedFor.length > 0 && !allocation) {
    errors.push(forbiddenField(consumers, 'may not be specified when `allocated` is not set'));
  } else if (claim.metadata.deletionTimestamp) {
    const known = old.status?.reservedFor ?? [];
    const why = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    if (reservedFor.some(c => !known.some(k => semanticEqual(c, k))))
      errors.push(forbiddenField(consumers, why));
  }
  if (!allocation) return errors;
  if (before) return [...errors, ...validateAllocationChange(claim, allocation, before)];
  const names = requestNames(claim.spec.devices?.requests);
  return [...errors, ...validateAllocation(allocation, 'status.allocation', names)];
}

/** An allocation is made and taken back as a whole. */
function validateAllocationChange(
  claim: ResourceClaim,
  next: AllocationResult,
  before: AllocationResult,
): FieldError[] {
  if (semanticEqual(next, before)) return [];
  const shown = toInternal('AllocationResult', next);
  if (wroteEmptyList(claim, 'status.allocation.nodeSelector.nodeSelectorTerms'))
    Object.assign(shown.NodeSelector as object, { NodeSelectorTerms: [] });
  return [invalidValue('status.allocation', shown, IMMUTABLE)];
}

function validateConsumer(
  { resource, name, uid }: ResourceClaimConsumerReference,
  path: string,
): FieldError[] {
  return Object.entries({ resource, name, uid }).flatMap(([field, value]) =>
    value ? [] : [required(child(path, field))],
  );
}

function validateDevices(
  devices: readonly AllocatedDeviceStatus[] | undefined,
  path: string,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const errors = checkSet(devices, path, (d, here) => validateDevice(d, here, allocated), sharedDevice);
  // A device is shown as it is, without quotes.
  return errors.map(e => (e.reason === 'FieldValueDuplicate' ? unquoted(e) : e));
}

const unquoted = (error: FieldError): FieldError => ({ ...error, body: error.body.replaceAll('"', '') });

function validateDevice(
  device: AllocatedDeviceStatus,
  path: string,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const { conditions, data, networkData } = device;
  const errors = validateShared(device, path);
  const id = sharedDevice(device);
  if (!allocated.has(id)) {
    const { body, ...rest } = invalidValue(path, '', 'must be an allocated device in the claim');
    errors.push({ ...rest, body: body.replace('""', id) });
  }
  const conditionsPath = child(path, 'conditions');
  if (conditions && conditions.length > CONDITIONS_MAX)
    errors.push(tooMany(conditionsPath, conditions.length, CONDITIONS_MAX));
  errors.push(...validateConditions(conditions, conditionsPath));
  if (data !== undefined && data !== null) errors.push(...validateData(data, child(path, 'data')));
  return networkData ? [...errors, ...validateNetwork(networkData, child(path, 'networkData'))] : errors;
}

function validateShared({ driver, pool, device, shareID }: Shared, path: string): FieldError[] {
  return [
    ...validateDriverName(driver, child(path, 'driver')),
    ...validatePoolName(pool, child(path, 'pool')),
    ...checkDnsLabel(child(path, 'device'), device),
    ...(shareID === undefined ? [] : checked(child(path, 'shareID'), shareID, uidErrors)),
  ];
}

function uidErrors(uid: string): string[] {
  if (uid.length !== 36) return [`error validating uid: invalid UUID length: ${uid.length}`];
  if (!UUID.test(uid)) return ['error validating uid: invalid UUID format'];
  if (uid === uid.toLowerCase()) return [];
  return [
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
  ];
}

function validateNetwork(network: NetworkDeviceData, path: string): FieldError[] {
  const { interfaceName = '', hardwareAddress = '', ips } = network;
  const atMost = (field: string, value: string, max: number) =>
    Buffer.byteLength(value) > max ? [tooLong(child(path, field), max)] : [];
  return [
    ...atMost('interfaceName', interfaceName, INTERFACE_NAME_MAX),
    ...atMost('hardwareAddress', hardwareAddress, HARDWARE_ADDRESS_MAX),
    ...checkSet(
      ips,
      child(path, 'ips'),
      (ip, here) => checked(here, ip, interfaceAddressErrors),
      ip => ip,
      ADDRESSES_MAX,
    ),
  ];
}

function validateAllocation(
  { devices, nodeSelector }: AllocationResult,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const where = child(path, 'devices');
  return [
    ...checkList(
      devices?.results,
      child(where, 'results'),
      (result, here) => validateResult(result, here, names),
      RESULTS_MAX,
    ),
    ...checkList(
      devices?.config,
      child(where, 'config'),
      (config, here) => validateConfiguration(config, here, names),
      CONFIG_MAX,
    ),
    ...(nodeSelector
      ? validateNodeSelector(nodeSelector, child(path, 'nodeSelector'), { allowInvalidValues: false })
      : []),
  ];
}

function validateResult(
  result: DeviceRequestAllocationResult,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  const { shareID, ...device } = result;
  return [
    ...validateReference(result.request, child(path, 'request'), names),
    ...validateShared(device, path),
    ...validateBinding(result.bindingConditions, result.bindingFailureConditions, path),
    ...checkList(result.tolerations, child(path, 'tolerations'), validateToleration),
    ...(shareID === undefined ? [] : checked(child(path, 'shareID'), shareID, uidErrors)),
  ];
}

function validateConfiguration(
  { source, requests, opaque }: DeviceAllocationConfiguration,
  path: string,
  names: ReadonlySet<string>,
): FieldError[] {
  return [
    ...enumeration(child(path, 'source'), source, SOURCES),
    ...validateReferences(requests, child(path, 'requests'), names),
    ...validateOpaque(opaque, child(path, 'opaque')),
  ];
}
