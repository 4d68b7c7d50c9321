import type { HorizontalPodAutoscaler } from '../../generated/autoscaling-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { ANNOTATIONS, fromV2, toV2 } from './hpa-conversion.ts';
import { CPU_PERCENT } from './hpa-defaults.ts';
import { targets } from './hpa-targets.ts';
import { validateHpa, validateHpaStatus } from './hpa-validation.ts';

/** Annotations that stand for fields of autoscaling/v2 are written anew from what they were read as. */
function defaults(hpa: HorizontalPodAutoscaler): void {
  const { spec } = hpa;
  spec.minReplicas ??= 1;
  const stored = toV2(hpa);
  if (!stored.spec.metrics?.length) spec.targetCPUUtilizationPercentage ??= CPU_PERCENT;
  const { annotations } = fromV2(stored).metadata;
  if (annotations) hpa.metadata.annotations = annotations;
  else delete hpa.metadata.annotations;
}

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
  fieldAnnotations: ANNOTATIONS,
  storage: { apiVersion: 'autoscaling/v2', toStorage: toV2, fromStorage: fromV2 },

  defaults,
  prepareForCreate: o => {
    o.status = { currentReplicas: 0, desiredReplicas: 0 };
  },
  prepareForUpdate: keepStatus,
  validate: o => validateHpa(toV2(o)),
  subresources: { status: { validateUpdate: o => validateHpaStatus(toV2(o)) } },
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
