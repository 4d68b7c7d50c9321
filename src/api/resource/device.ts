/** One device of a ResourceSlice. */
import type { Counter, Device, DeviceCounterConsumption } from '../../generated/resource-v1.ts';
import { validateNodeSelector } from '../core/pod-spec/node-selector.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooMany,
} from '../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain, entriesOf } from '../validation/checks.ts';
import { validateAttribute, validateBinding, validateQualified, validateTaint } from './devices.ts';
import { checkList, checkSet } from './lists.ts';
import { validateRequestPolicy } from './request-policy.ts';

const ATTRIBUTES_MAX = 32;
const TAINTS_MAX = 16;
const COUNTERS_MAX = 32;
const CONSUMPTIONS_MAX = 2;
const KEY_MAX = 96;
const PLACES = ['nodeName', 'nodeSelector', 'allNodes'] as const;

/** What of it is looked at; `places`: whether each device says where it is. */
interface Looks {
  readonly places: boolean;
  readonly capacity: boolean;
  readonly taints: boolean;
}

export function validateDevice(device: Device, path: string, looks: Looks): FieldError[] {
  const errors = checkDnsLabel(child(path, 'name'), device.name);
  const attributes = entriesOf(device.attributes);
  const count = attributes.length + entriesOf(device.capacity).length;
  if (count > ATTRIBUTES_MAX) {
    const why = `the total number of attributes and capacities must not exceed ${ATTRIBUTES_MAX}`;
    errors.push(invalidValue(path, count, why));
  }
  for (const [name, attribute] of attributes) {
    const here = child(path, 'attributes');
    errors.push(...validateQualified(name, here), ...validateAttribute(attribute, at(here, shortened(name))));
  }
  if (looks.capacity) errors.push(...validateCapacity(device, child(path, 'capacity')));
  if (looks.taints)
    errors.push(...checkList(device.taints, child(path, 'taints'), validateTaint, TAINTS_MAX));
  return [
    ...errors,
    ...checkSet(
      device.consumesCounters,
      child(path, 'consumesCounters'),
      validateConsumption,
      c => c.counterSet,
      CONSUMPTIONS_MAX,
    ),
    ...(looks.places ? validatePlaces(device, path) : refusePlaces(device, path)),
    ...validateBinding(device.bindingConditions, device.bindingFailureConditions, path),
  ];
}

/** Keys that are too long for a path lose their middle. */
function shortened(key: string): string {
  if (key.length <= KEY_MAX) return key;
  const kept = KEY_MAX - '...'.length;
  return `${key.slice(0, Math.ceil(kept / 2))}...${key.slice(-Math.floor(kept / 2))}`;
}

function validateCapacity({ capacity, allowMultipleAllocations }: Device, path: string): FieldError[] {
  return entriesOf(capacity).flatMap(([name, { value, requestPolicy }]) => {
    const here = child(at(path, shortened(name)), 'requestPolicy');
    const errors = validateQualified(name, path);
    if (!requestPolicy) return errors;
    return allowMultipleAllocations
      ? [...errors, ...validateRequestPolicy(requestPolicy, value, here)]
      : [...errors, forbiddenField(here, 'allowMultipleAllocations must be true')];
  });
}

function validateConsumption({ counterSet, counters }: DeviceCounterConsumption, path: string): FieldError[] {
  const setPath = child(path, 'counterSet');
  return [
    ...(counterSet === '' ? [required(setPath)] : checkDnsLabel(setPath, counterSet)),
    ...validateCounterNames(counters, child(path, 'counters')),
  ];
}

export function validateCounterNames(
  counters: Readonly<Record<string, Counter>> | undefined,
  path: string,
): FieldError[] {
  const entries = entriesOf(counters);
  if (entries.length === 0) return [required(path)];
  if (entries.length > COUNTERS_MAX) return [tooMany(path, entries.length, COUNTERS_MAX)];
  return entries.flatMap(([counter]) => checkDnsLabel(path, counter));
}

function validatePlaces(device: Device, path: string): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const errors: FieldError[] = [];
  const namePath = child(path, 'nodeName');
  if (nodeName === '') errors.push(invalidValue(namePath, '', 'must not be empty'));
  else if (nodeName !== undefined) errors.push(...checkDnsSubdomain(namePath, nodeName));
  if (nodeSelector) {
    errors.push(
      ...validateNodeSelector(nodeSelector, child(path, 'nodeSelector'), { allowInvalidValues: false }),
    );
  }
  if (allNodes === false)
    errors.push(invalidValue(child(path, 'allNodes'), false, 'must be either unset or set to true'));
  const given = PLACES.filter(place => device[place]);
  const why =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (given.length === 0) errors.push(required(path, why));
  else if (given.length > 1)
    errors.push(invalidValue(path, `{${given.map(p => `\`${p}\``).join(', ')}}`, why));
  return errors;
}

function refusePlaces(device: Device, path: string): FieldError[] {
  const why =
    '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return PLACES.some(place => device[place] !== undefined) ? [invalidValue(path, null, why)] : [];
}
