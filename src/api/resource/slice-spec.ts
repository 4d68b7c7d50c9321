/** What a ResourceSlice says of a driver's devices on a node. */
import type { NodeSelector } from '../../generated/core-v1.ts';
import type { CounterSet, Device, ResourceSliceSpec } from '../../generated/resource-v1.ts';
import { validateNodeSelector } from '../core/pod-spec/node-selector.ts';
import { child, type FieldError, invalidValue, required } from '../field-error.ts';
import { checkDnsLabel, checkDnsSubdomain, positive, semanticEqual } from '../validation/checks.ts';
import { validateDriverName } from '../validation/driver-name.ts';
import { toInternal } from '../validation/internal-form.ts';
import { validateCounterNames, validateDevice } from './device.ts';
import { validatePoolName } from './devices.ts';
import { checkSet } from './lists.ts';

const DEVICES_MAX = 128;
/** Where some device is tainted or takes from shared counters. */
const ELABORATE_DEVICES_MAX = 64;
const COUNTER_SETS_MAX = 8;
const PLACES = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

/** `changes`: what an update may not change; upstream reports it before the place. */
export function validateSliceSpec(
  spec: ResourceSliceSpec,
  path: string,
  changes: readonly FieldError[] = [],
  old?: ResourceSliceSpec,
): FieldError[] {
  const { pool, sharedCounters } = spec;
  const devices = spec.devices ?? [];
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
  if (sharedCounters && spec.devices)
    errors.push(invalidValue(path, '', 'only one of `sharedCounters` or `devices` is allowed'));
  const elaborate = devices.some(d => d.taints?.length || d.consumesCounters?.length);
  const max = elaborate ? ELABORATE_DEVICES_MAX : DEVICES_MAX;
  const check = (device: Device, here: string) => {
    const before = old?.devices?.find(d => d.name === device.name);
    return validateDevice(device, here, {
      places: spec.perDeviceNodeSelection === true,
      capacity: !before || !semanticEqual(before.capacity, device.capacity),
      taints: !before || !semanticEqual(before.taints, device.taints),
    });
  };
  return [
    ...errors,
    ...checkSet(devices, child(path, 'devices'), check, d => d.name, max),
    ...checkSet(
      sharedCounters,
      child(path, 'sharedCounters'),
      validateCounters,
      s => s.name,
      COUNTER_SETS_MAX,
    ),
  ];
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
  const given = PLACES.filter(
    place => spec[place] !== undefined && spec[place] !== false && spec[place] !== '',
  );
  if (given.length > 1) {
    const shown = `{${given.map(p => `\`${p}\``).join(', ')}}`;
    errors.push(invalidValue(path, shown, `${one}, but multiple fields are set`));
  } else if (given.length === 0) {
    errors.push(required(path, one));
  }
  return errors;
}

function validateOwnSelector(selector: NodeSelector, path: string): FieldError[] {
  const errors = validateNodeSelector(selector, path, { allowInvalidValues: false });
  const { nodeSelectorTerms: terms } = selector;
  if (terms?.length === 1) return errors;
  const shown = terms?.length ? terms.map(term => toInternal('NodeSelectorTerm', term)) : (terms ?? null);
  const why = 'must have exactly one node selector term';
  return [...errors, invalidValue(child(path, 'nodeSelectorTerms'), shown, why)];
}

function validateCounters({ name, counters }: CounterSet, path: string): FieldError[] {
  const namePath = child(path, 'name');
  const errors = name === '' ? [required(namePath)] : checkDnsLabel(namePath, name);
  return [...errors, ...validateCounterNames(counters, child(path, 'counters'))];
}
