/** What `kubectl get --subresource=scale` shows. */
import { age } from '../../api/columns.ts';
import descriptions from '../../api/facts/column-descriptions.json' with { type: 'json' };
import type { Column } from '../../api/kind.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Scale } from '../../generated/autoscaling-v1.ts';

export const scaleColumns: readonly Column<KubeObject>[] = [
  { name: 'Name', type: 'string', description: descriptions.common.Name, cell: o => o.metadata.name ?? '' },
  {
    name: 'Desired',
    type: 'integer',
    description: 'replicas is the desired number of instances for the scaled object.',
    cell: o => (o as Scale).spec?.replicas ?? null,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'replicas is the actual number of observed instances of the scaled object.',
    cell: o => (o as Scale).status?.replicas ?? 0,
  },
  { ...age, description: descriptions.common.Age },
];
