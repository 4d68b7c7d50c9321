import type { CSINode, CSINodeDriver } from '../../generated/storage-v1.ts';
import { age, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, duplicate, type FieldError, invalidValue, required } from '../field-error.ts';
import { checkQualifiedName, immutable, nonNegative } from '../validation/checks.ts';
import { validateDriverName } from '../validation/driver-name.ts';
import { toInternal } from '../validation/internal-form.ts';

const NODE_ID_MAX = 256;

function validate({ spec }: CSINode): FieldError[] {
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap((driver, i) => {
    const path = at('spec.drivers', i);
    const errors = validateDriver(driver, path);
    if (names.has(driver.name)) errors.push(duplicate(child(path, 'name'), driver.name));
    names.add(driver.name);
    return [...errors, ...validateTopologyKeys(driver.topologyKeys ?? [], path)];
  });
}

function validateDriver({ name: driver, nodeID, allocatable }: CSINodeDriver, path: string): FieldError[] {
  const errors: FieldError[] = [];
  errors.push(...validateDriverName(driver, child(path, 'name')));
  const idPath = child(path, 'nodeID');
  if (!nodeID) errors.push(required(idPath));
  else if (Buffer.byteLength(nodeID) > NODE_ID_MAX) {
    errors.push(invalidValue(idPath, nodeID, `must be ${NODE_ID_MAX} characters or less`));
  }
  errors.push(...nonNegative(child(child(path, 'allocatable'), 'count'), allocatable?.count));
  return errors;
}

function validateTopologyKeys(keys: readonly string[], path: string): FieldError[] {
  return keys.flatMap((key, i) => [
    ...(key ? [] : [required(path)]),
    ...(keys.indexOf(key) < i ? [duplicate(path, key)] : []),
    ...checkQualifiedName(path, key),
  ]);
}

/** What a driver said of the node stays until the driver is registered anew. */
function validateUpdate(next: CSINode, old: CSINode): FieldError[] {
  return [
    ...validate(next),
    ...(old.spec.drivers ?? []).flatMap(before =>
      (next.spec.drivers ?? [])
        .filter(driver => driver.name === before.name)
        .flatMap(driver => {
          // How many volumes a node takes may change (KEP-4876).
          const [now, then] = [driver, before].map(d => ({ ...d, allocatable: undefined }));
          return immutable('spec.drivers', now, then, toInternal('CSINodeDriver', now ?? {}));
        }),
    ),
  ];
}

export const csiNode = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate,
  columns: [name, integer('Drivers', o => o.spec.drivers?.length ?? 0), age],
});
