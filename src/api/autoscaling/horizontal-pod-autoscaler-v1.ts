import type { HorizontalPodAutoscaler } from '../../generated/autoscaling-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { fromV2, toV2 } from './hpa-conversion.ts';
import { targets } from './hpa-targets.ts';

export const horizontalPodAutoscalerV1 = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  storage: { apiVersion: 'autoscaling/v2', toStorage: toV2, fromStorage: fromV2 },

  subresources: { status: {} },
  columns: [
    name,
    column('Reference', o => `${o.spec?.scaleTargetRef.kind ?? ''}/${o.spec?.scaleTargetRef.name ?? ''}`),
    column('Targets', o => targets(toV2(o))),
    column('MinPods', o => (o.spec?.minReplicas === undefined ? '<unset>' : String(o.spec.minReplicas))),
    column('MaxPods', o => o.spec?.maxReplicas ?? 0),
    column('Replicas', o => o.status?.currentReplicas ?? 0),
    age,
  ],
});
