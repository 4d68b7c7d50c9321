import type { PodDisruptionBudget } from '../../generated/policy-v1.ts';
import { age, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';

export const podDisruptionBudget = defineKind<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,

  subresources: { status: {} },
  columns: [
    name,
    column('Min Available', o => String(o.spec?.minAvailable ?? 'N/A')),
    column('Max Unavailable', o => String(o.spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', o => o.status?.disruptionsAllowed ?? 0),
    age,
  ],
});
