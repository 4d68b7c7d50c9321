import type { CSIStorageCapacity } from '../../generated/storage-v1.ts';
import { createdAt, name } from '../columns.ts';
import { deprecatedLabel, termWarnings } from '../core/node/label-warnings.ts';
import { defineKind } from '../define.ts';
import type { FieldError } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { checkDnsSubdomain, immutable } from '../validation/checks.ts';
import { nonNegativeQuantity } from '../validation/resource-names.ts';
import { shownSelector } from '../validation/workload.ts';

/** Upstream does not look at maximumVolumeSize. */
function validate({ storageClassName, nodeTopology, capacity }: CSIStorageCapacity): FieldError[] {
  return [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...checkDnsSubdomain('storageClassName', storageClassName),
    ...(capacity === undefined ? [] : nonNegativeQuantity(capacity, 'capacity')),
  ];
}

export const csiStorageCapacity = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: (next, old) => [
    ...validate(next),
    ...immutable('nodeTopology', next.nodeTopology, old.nodeTopology, shownSelector(next.nodeTopology)),
    ...immutable('storageClassName', next.storageClassName, old.storageClassName),
  ],
  warnings: ({ nodeTopology }) => [
    ...termWarnings({ matchExpressions: nodeTopology?.matchExpressions }, 'nodeTopology', false),
    ...Object.keys(nodeTopology?.matchLabels ?? {}).flatMap(key => {
      const why = deprecatedLabel(key);
      return why ? [`nodeTopology.matchLabels.${key}: ${why}`] : [];
    }),
  ],
  columns: [name, createdAt],
});
