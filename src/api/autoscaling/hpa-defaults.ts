/** Defaults of HorizontalPodAutoscalers (autoscaling/v2; v1 shares the CPU percentage). */
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec } from '../../generated/autoscaling-v2.ts';
import { wroteEmptyList } from '../schema/empty-lists.ts';

export const CPU_PERCENT = 80;
const PERIOD_SECONDS = 15;

/** Up at once and fast, by whichever is more. */
const SCALE_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS },
    { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS },
  ],
};

/** Down after the controller's own window, by as much as it likes. */
const SCALE_DOWN: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS }],
};

export const cpuMetric = (percent: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
});

export function defaultHpa(hpa: HorizontalPodAutoscaler): void {
  const { spec } = hpa;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [cpuMetric(CPU_PERCENT)];
  const { behavior } = spec;
  if (!behavior) return;
  // A list of policies that is written as empty stays so, and is refused.
  for (const direction of ['scaleUp', 'scaleDown'] as const) {
    const rules = behavior[direction];
    if (rules && wroteEmptyList(hpa, `spec.behavior.${direction}.policies`)) rules.policies = [];
  }
  behavior.scaleUp = { ...structuredClone(SCALE_UP), ...behavior.scaleUp };
  behavior.scaleDown = { ...structuredClone(SCALE_DOWN), ...behavior.scaleDown };
}
