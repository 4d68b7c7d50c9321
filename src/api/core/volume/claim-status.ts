/** What the status of a claim may say: upstream ValidatePersistentVolumeClaimStatusUpdate. */
import type { PersistentVolumeClaim } from '../../../generated/core-v1.ts';
import { type FieldError, invalidValue, notSupported } from '../../field-error.ts';
import { quantityValue } from '../../quantity.ts';
import { checkQualifiedName, entriesOf } from '../../validation/checks.ts';
import { nonNegativeQuantity } from '../../validation/resource-names.ts';

const RESIZE_STATUSES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];
/** Upstream's path; the field itself is in the plural. */
const STATUSES_PATH = 'status.allocatedResourceStatus';
const ALLOCATED_PATH = 'status.allocatedResources';

export function validateClaimStatus({ status }: PersistentVolumeClaim): FieldError[] {
  const { capacity, allocatedResourceStatuses, allocatedResources } = status ?? {};
  return [
    ...entriesOf(capacity).flatMap(([name, amount]) => basicAmount(amount, `status.capacity[${name}]`)),
    ...entriesOf(allocatedResourceStatuses).flatMap(([name, value]) => [
      ...resourceKey(name, STATUSES_PATH),
      // Upstream shows the resource, not what was said of it.
      ...(RESIZE_STATUSES.includes(value) ? [] : [notSupported(STATUSES_PATH, name, RESIZE_STATUSES)]),
    ]),
    ...entriesOf(allocatedResources).flatMap(([name, amount]) => {
      const errors = resourceKey(name, ALLOCATED_PATH);
      const path = `${ALLOCATED_PATH}[${name}]`;
      if (errors.length > 0) return errors;
      const basic = basicAmount(amount, path);
      return basic.length > 0 ? basic : nonNegativeQuantity(amount, path);
    }),
  ];
}

/** Upstream validateBasicResource. */
export function basicAmount(amount: string, path: string): FieldError[] {
  const value = quantityValue(amount);
  return value < 0n ? [invalidValue(path, Number(value), 'must be a valid resource quantity')] : [];
}

/** Of Kubernetes' own resources a claim has storage only. */
function resourceKey(name: string, path: string): FieldError[] {
  const errors = checkQualifiedName(path, name);
  if (errors.length > 0) return errors;
  const native = !name.includes('/') || name.includes('kubernetes.io/');
  return native && name !== 'storage' ? [notSupported(path, name, ['storage'])] : [];
}
