/** What a ResourceSlice says of a driver's devices on a node. */
import type { CounterSet, Device, ResourceSliceSpec } from '../../generated/resource-v1.ts';
import { validateNodeSelector } from '../core/pod-spec/node-selector.ts';
import { at, child, duplicate, type FieldError, invalidValue, required, tooMany } from '../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain, entriesOf, positive } from '../validation/checks.ts';
import {
  validateAttribute,
  validateDriverName,
  validatePoolName,
  validateQualified,
  validateTaint,
} from './devices.ts';

const DEVICES_MAX = 128;
const ATTRIBUTES_MAX = 32;
const TAINTS_MAX = 16;
const PLACES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

/** `changes`: what an update may not change; upstream reports it before the place. */
export function validateSliceSpec(
  spec: ResourceSliceSpec,
  path: string,
  changes: readonly FieldError[] = [],
): FieldError[] {
  const { pool } = spec;
  const poolPath = child(path, 'pool');
  const errors = [
    ...validateDriverName(spec.driver, child(path, 'driver')),
    ...validatePoolName(pool.name, child(poolPath, 'name')),
    ...positive(child(poolPath, 'resourceSliceCount'), pool.resourceSliceCount),
  ];
  if (pool.generation < 0) {
    errors.push(
      invalidValue(child(poolPath, 'generation'), pool.generation, 'must be greater than or equal to zero'),
    );
  }
  errors.push(...changes, ...validatePlace(spec, path));
  const devices = spec.devices ?? [];
  if (devices.length > DEVICES_MAX) errors.push(tooMany(child(path, 'devices'), devices.length, DEVICES_MAX));
  devices.forEach((device, i) => {
    const here = at(child(path, 'devices'), i);
    errors.push(...validateDevice(device, here, spec.perDeviceNodeSelection === true));
    if (devices.findIndex(d => d.name === device.name) < i) errors.push(duplicate(here, device.name));
  });
  (spec.sharedCounters ?? []).forEach((set, i) => {
    errors.push(...validateCounters(set, at(child(path, 'sharedCounters'), i)));
  });
  return errors;
}

/** Where the devices are: exactly one way of saying it. */
function validatePlace(spec: ResourceSliceSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const one = `exactly one of ${PLACES.map(p => `\`${p}\``).join(', ')} is required`;
  if (spec.nodeName !== undefined) {
    const here = child(path, 'nodeName');
    if (spec.nodeName === '')
      errors.push(invalidValue(here, '', 'must be either unset or set to a non-empty string'));
    else errors.push(...checkDnsSubdomain(here, spec.nodeName));
  }
  if (spec.nodeSelector) errors.push(...validateOwnSelector(spec.nodeSelector, child(path, 'nodeSelector')));
  for (const flag of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (spec[flag] === false) {
      errors.push(invalidValue(child(path, flag), false, 'must be either unset or set to true'));
    }
  }
  const given = PLACES.filter(place => spec[place] !== undefined && spec[place] !== false);
  if (given.length > 1) {
    const shown = `{${given.map(p => `\`${p}\``).join(', ')}}`;
    errors.push(invalidValue(path, shown, `${one}, but multiple fields are set`));
  } else if (given.length === 0) {
    errors.push(required(path, one));
  }
  return errors;
}

function validateOwnSelector(
  selector: NonNullable<ResourceSliceSpec['nodeSelector']>,
  path: string,
): FieldError[] {
  const errors = validateNodeSelector(selector, path, { allowInvalidValues: false });
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length > 1) {
    errors.push(
      invalidValue(child(path, 'nodeSelectorTerms'), terms, 'must have exactly one node selector term'),
    );
  }
  return errors;
}

function validateDevice(device: Device, path: string, ownPlaces: boolean): FieldError[] {
  const errors = checkDnsLabel(child(path, 'name'), device.name);
  const attributes = entriesOf(device.attributes);
  const capacity = entriesOf(device.capacity);
  if (attributes.length + capacity.length > ATTRIBUTES_MAX) {
    const why = `the total number of attributes and capacities must not exceed ${ATTRIBUTES_MAX}`;
    errors.push(invalidValue(path, attributes.length + capacity.length, why));
  }
  for (const [name, attribute] of attributes) {
    const here = child(path, 'attributes');
    errors.push(...validateQualified(name, here), ...validateAttribute(attribute, at(here, name)));
  }
  for (const [name] of capacity) errors.push(...validateQualified(name, child(path, 'capacity')));
  const taints = device.taints ?? [];
  if (taints.length > TAINTS_MAX) errors.push(tooMany(child(path, 'taints'), taints.length, TAINTS_MAX));
  taints.forEach((taint, i) => {
    errors.push(...validateTaint(taint, at(child(path, 'taints'), i)));
  });
  if (!ownPlaces && (device.nodeName !== undefined || device.nodeSelector || device.allNodes !== undefined)) {
    const why =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    errors.push(invalidValue(path, null, why));
  }
  return errors;
}

function validateCounters({ name, counters }: CounterSet, path: string): FieldError[] {
  const errors = checkDnsLabel(child(path, 'name'), name);
  const entries = entriesOf(counters);
  if (entries.length === 0) errors.push(required(child(path, 'counters')));
  for (const [counter] of entries) errors.push(...checkDnsLabel(child(path, 'counters'), counter));
  return errors;
}
