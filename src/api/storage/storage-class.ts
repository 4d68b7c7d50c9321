import type { TopologySelectorTerm } from '../../generated/core-v1.ts';
import type { StorageClass } from '../../generated/storage-v1.ts';
import { age, column } from '../columns.ts';
import { deprecatedLabel } from '../core/node/label-warnings.ts';
import { defineKind } from '../define.ts';
import { at, child, duplicate, type FieldError, required } from '../field-error.ts';
import { checkQualifiedName, immutable, optionalEnumeration } from '../validation/checks.ts';
import { validateParameters } from './parameters.ts';

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

const isDefault = (o: StorageClass) => DEFAULT_ANNOTATIONS.some(a => o.metadata.annotations?.[a] === 'true');

const storageClassName = column<StorageClass>(
  'Name',
  o => (isDefault(o) ? `${o.metadata.name ?? ''} (default)` : (o.metadata.name ?? '')),
  { format: 'name' },
);

const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

function validate(storage: StorageClass): FieldError[] {
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode } = storage;
  return [
    ...(provisioner
      ? checkQualifiedName('provisioner', provisioner.toLowerCase())
      : [required('provisioner')]),
    ...validateParameters(parameters),
    ...optionalEnumeration('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES),
    ...(volumeBindingMode === undefined
      ? [required('volumeBindingMode')]
      : optionalEnumeration('volumeBindingMode', volumeBindingMode, BINDING_MODES)),
    ...validateTopologies(storage.allowedTopologies ?? []),
  ];
}

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  const path = 'allowedTopologies';
  return terms.flatMap((term, i) => {
    const list = `${at(path, i)}.matchLabelExpressions`;
    const errors = (term.matchLabelExpressions ?? []).flatMap(({ key, values }, j, all) => {
      const item = at(list, j);
      return [
        ...((values ?? []).length === 0 ? [required(child(item, 'values'))] : []),
        ...(values ?? []).flatMap((value, k) =>
          values.indexOf(value) < k ? [duplicate(at(child(item, 'values'), k), value)] : [],
        ),
        ...checkQualifiedName(child(item, 'key'), key),
        ...(all.findIndex(other => other.key === key) < j ? [duplicate(child(item, 'key'), key)] : []),
      ];
    });
    return [...errors, ...Array<FieldError>(timesBefore(terms, i)).fill(duplicate(list, ''))];
  });
}

/** How often the same term stands before; an empty one equals upstream's empty slots, too. */
function timesBefore(terms: readonly TopologySelectorTerm[], i: number): number {
  const key = (term: TopologySelectorTerm) =>
    JSON.stringify(
      (term.matchLabelExpressions ?? [])
        .map(e => JSON.stringify([e.key, [...new Set(e.values)].sort()]))
        .sort(),
    );
  const own = terms[i];
  if (!own) return 0;
  const earlier = terms.slice(0, i).filter(term => key(term) === key(own)).length;
  return earlier + (key(own) === '[]' ? terms.length : 0);
}

function validateUpdate(next: StorageClass, old: StorageClass): FieldError[] {
  return [
    ...validate(next),
    ...immutable('parameters', next.parameters ?? {}, old.parameters ?? {}),
    ...immutable('provisioner', next.provisioner, old.provisioner),
    ...immutable('reclaimPolicy', next.reclaimPolicy, old.reclaimPolicy),
    ...immutable('volumeBindingMode', next.volumeBindingMode, old.volumeBindingMode),
  ];
}

export const storageClass = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  shortNames: ['sc'],
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  defaults: o => {
    o.reclaimPolicy ??= 'Delete';
    o.volumeBindingMode ??= 'Immediate';
  },
  validate,
  validateUpdate,
  warnings: o =>
    (o.allowedTopologies ?? []).flatMap((term, i) =>
      (term.matchLabelExpressions ?? []).flatMap(({ key }, j) => {
        const why = deprecatedLabel(key);
        const where = `${at('allowedTopologies', i)}.${at('matchLabelExpressions', j)}.key`;
        return why ? [`${where}: ${why}`] : [];
      }),
    ),
  columns: [
    storageClassName,
    column('Provisioner', o => o.provisioner),
    column('ReclaimPolicy', o => o.reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', o => o.volumeBindingMode ?? 'Immediate'),
    column('AllowVolumeExpansion', o => o.allowVolumeExpansion ?? false),
    age,
  ],
});
