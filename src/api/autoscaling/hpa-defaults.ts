/** Defaults of HorizontalPodAutoscalers (autoscaling/v2; v1 shares the CPU percentage). */
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec } from '../../generated/autoscaling-v2.ts';

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

export function defaultHpa({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) spec.metrics = [cpuMetric(CPU_PERCENT)];
  defaultBehavior(spec);
}

export function defaultBehavior({ behavior }: HorizontalPodAutoscaler['spec']): void {
  if (!behavior) return;
  behavior.scaleUp = { ...structuredClone(SCALE_UP), ...behavior.scaleUp };
  behavior.scaleDown = { ...structuredClone(SCALE_DOWN), ...behavior.scaleDown };
}
