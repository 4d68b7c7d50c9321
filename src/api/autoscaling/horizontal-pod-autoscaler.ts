import type { HorizontalPodAutoscaler } from '../../generated/autoscaling-v2.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { structType } from '../schema/compile.ts';
import { zeroStruct } from '../schema/zero.ts';
import { defaultHpa } from './hpa-defaults.ts';
import { targets } from './hpa-targets.ts';
import { validateHpa, validateHpaStatus } from './hpa-validation.ts';

export const horizontalPodAutoscaler = defineKind<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  defaults: defaultHpa,
  prepareForCreate: o => {
    o.status = zeroStruct(structType('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus')) as never;
  },
  prepareForUpdate: keepStatus,
  validate: validateHpa,
  subresources: { status: { validateUpdate: validateHpaStatus } },
  columns: [
    name,
    column('Reference', o => `${o.spec?.scaleTargetRef.kind ?? ''}/${o.spec?.scaleTargetRef.name ?? ''}`),
    column('Targets', o => targets(o)),
    column('MinPods', o => (o.spec?.minReplicas === undefined ? '<unset>' : String(o.spec.minReplicas))),
    column('MaxPods', o => o.spec?.maxReplicas ?? 0),
    column('Replicas', o => o.status?.currentReplicas ?? 0),
    age,
  ],
});
