/**
 * autoscaling/v1 knows only a CPU percentage; everything else of autoscaling/v2 travels in
 * annotations, so that a v1 client that reads and writes back loses nothing. The stored form is v2.
 */
import type { HorizontalPodAutoscaler as V1 } from '../../generated/autoscaling-v1.ts';
import type {
  MetricSpec,
  MetricStatus,
  HorizontalPodAutoscaler as V2,
} from '../../generated/autoscaling-v2.ts';
import type { KubeObject } from '../object.ts';
import { behaviorFromV1, behaviorToV1 } from './hpa-behavior-conversion.ts';
import { cpuMetric } from './hpa-defaults.ts';
import { specFromV1, specToV1, statusFromV1, statusToV1 } from './hpa-metric-conversion.ts';

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
export const ANNOTATIONS: readonly string[] = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

/** What an annotation holds; undefined where it is missing or not JSON, which upstream forgives too. */
function decode<T>(annotations: Readonly<Record<string, string>>, key: string): T | undefined {
  const text = annotations[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

const isCpuUtilization = (metric: MetricSpec) =>
  metric.type === 'Resource' &&
  metric.resource?.name === 'cpu' &&
  metric.resource.target.averageUtilization !== undefined;

export function toV2(hpa: V1): V2 {
  const {
    [METRICS]: _m,
    [CURRENT_METRICS]: _c,
    [CONDITIONS]: _d,
    [BEHAVIOR]: _b,
    ...annotations
  } = hpa.metadata.annotations ?? {};
  const all = hpa.metadata.annotations ?? {};
  const { annotations: _, ...metadata } = hpa.metadata;
  const { targetCPUUtilizationPercentage: cpu, ...spec } = hpa.spec;
  const {
    currentCPUUtilizationPercentage: currentCpu,
    currentReplicas,
    ...status
  } = hpa.status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const metrics = [
    ...(decode<unknown[]>(all, METRICS) ?? []).map(specFromV1),
    ...(cpu === undefined ? [] : [cpuMetric(cpu)]),
  ];
  const saved = decode<unknown[]>(all, CURRENT_METRICS)?.map(statusFromV1);
  const currentMetrics: MetricStatus[] =
    saved ??
    (currentCpu === undefined
      ? []
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: currentCpu } } }]);
  const conditions = decode<NonNullable<NonNullable<V2['status']>['conditions']>>(all, CONDITIONS);
  const behavior = behaviorFromV1(decode<unknown>(all, BEHAVIOR));
  return {
    ...hpa,
    apiVersion: 'autoscaling/v2',
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...status,
      // As decoding leaves them: an empty list that is written, and a zero that is not.
      currentMetrics: currentMetrics.length === 0 ? (null as never) : currentMetrics,
      ...(currentReplicas ? { currentReplicas } : {}),
      ...(conditions === undefined ? {} : { conditions }),
    },
  };
}

export function fromV2(stored: KubeObject): V1 {
  const hpa = stored as V2;
  const { metrics: aims, behavior, ...spec } = hpa.spec;
  const { currentMetrics: measured, conditions: said, ...status } = hpa.status ?? { desiredReplicas: 0 };
  // Lists that are written when empty are null.
  const [metrics, currentMetrics, conditions] = [aims ?? [], measured ?? [], said ?? []];
  const cpu = metrics.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const currentCpu = currentMetrics.find(
    m =>
      m.type === 'Resource' &&
      m.resource?.name === 'cpu' &&
      m.resource.current.averageUtilization !== undefined,
  )?.resource?.current.averageUtilization;
  const others = metrics.filter(m => !isCpuUtilization(m));
  const annotations = {
    ...hpa.metadata.annotations,
    ...(others.length === 0 ? {} : { [METRICS]: JSON.stringify(others.map(specToV1)) }),
    ...(currentMetrics.length === 0
      ? {}
      : { [CURRENT_METRICS]: JSON.stringify(currentMetrics.map(statusToV1)) }),
    ...(behavior === undefined ? {} : { [BEHAVIOR]: JSON.stringify(behaviorToV1(behavior)) }),
    ...(conditions.length === 0 ? {} : { [CONDITIONS]: JSON.stringify(conditions) }),
  };
  return {
    ...hpa,
    apiVersion: 'autoscaling/v1',
    metadata: { ...hpa.metadata, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: { ...spec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    status: {
      ...status,
      currentReplicas: status.currentReplicas ?? 0,
      ...(currentCpu === undefined ? {} : { currentCPUUtilizationPercentage: currentCpu }),
    },
  };
}
