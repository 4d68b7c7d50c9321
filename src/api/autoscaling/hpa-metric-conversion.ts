/**
 * Metrics in the annotations of an autoscaling/v1 HorizontalPodAutoscaler: the same content as in
 * autoscaling/v2 under the names of the old alpha (metricName, targetAverageValue, …), with keys in
 * the order upstream writes them.
 */
import type {
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../../generated/autoscaling-v2.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Leaves out what is undefined, as annotations hold no nulls. */
const defined = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

export function specToV1(metric: MetricSpec): Fields {
  const { type, object, pods, resource, containerResource, external } = metric;
  return defined({
    type,
    object: object && {
      target: referenceToV1(object.describedObject),
      metricName: object.metric.name,
      targetValue: object.target.value ?? '0',
      ...defined({ selector: object.metric.selector, averageValue: object.target.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric.name,
      targetAverageValue: pods.target.averageValue,
      ...defined({ selector: pods.metric.selector }),
    },
    resource: resource && { name: resource.name, ...resourceTarget(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...resourceTarget(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      ...defined({
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
    },
  });
}

export function statusToV1(metric: MetricStatus): Fields {
  const { type, object, pods, resource, containerResource, external } = metric;
  return defined({
    type,
    object: object && {
      target: referenceToV1(object.describedObject),
      metricName: object.metric.name,
      currentValue: object.current.value ?? '0',
      ...defined({ selector: object.metric.selector, averageValue: object.current.averageValue }),
    },
    pods: pods && {
      metricName: pods.metric.name,
      currentAverageValue: pods.current.averageValue ?? '0',
      ...defined({ selector: pods.metric.selector }),
    },
    resource: resource && { name: resource.name, ...resourceCurrent(resource.current) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...resourceCurrent(containerResource.current),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric.name,
      ...defined({ metricSelector: external.metric.selector }),
      currentValue: external.current.value ?? '0',
      ...defined({ currentAverageValue: external.current.averageValue }),
    },
  });
}

export function specFromV1(value: unknown): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = value as Record<string, Old>;
  return defined({
    type,
    object: object && {
      describedObject: object.target,
      metric: identifier(object.metricName, object.selector),
      target: object.averageValue
        ? { type: 'AverageValue', averageValue: object.averageValue }
        : { type: 'Value', value: object.targetValue },
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      target: { type: 'AverageValue', averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: targetFromV1(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      target: targetFromV1(containerResource),
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      target: external.targetAverageValue
        ? { type: 'AverageValue', averageValue: external.targetAverageValue }
        : { type: 'Value', value: external.targetValue },
    },
  }) as unknown as MetricSpec;
}

export function statusFromV1(value: unknown): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = value as Record<string, Old>;
  return defined({
    type,
    object: object && {
      describedObject: object.target,
      metric: identifier(object.metricName, object.selector),
      current: defined({ value: object.currentValue, averageValue: object.averageValue }),
    },
    pods: pods && {
      metric: identifier(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && { name: resource.name, current: currentFromV1(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      container: containerResource.container,
      current: currentFromV1(containerResource),
    },
    external: external && {
      metric: identifier(external.metricName, external.metricSelector),
      current: defined({ value: external.currentValue, averageValue: external.currentAverageValue }),
    },
  }) as unknown as MetricStatus;
}

/** A metric source or status in the old spelling; what is missing stays missing. */
type Old = Readonly<Record<string, unknown>> & { readonly metricName?: string };

const identifier = (name: string | undefined, selector: unknown): MetricIdentifier =>
  defined({ name: name ?? '', selector }) as unknown as MetricIdentifier;

const referenceToV1 = ({ kind, name, apiVersion }: CrossVersionObjectReference): Fields =>
  defined({ kind, name, apiVersion });

const resourceTarget = (target: MetricTarget): Fields =>
  defined({
    targetAverageUtilization: target.averageUtilization,
    targetAverageValue: target.averageValue,
  });

const resourceCurrent = (current: MetricValueStatus): Fields => ({
  ...defined({ currentAverageUtilization: current.averageUtilization }),
  currentAverageValue: current.averageValue ?? '0',
});

function targetFromV1({ targetAverageUtilization, targetAverageValue }: Old): Fields {
  const type = targetAverageValue === undefined ? 'Utilization' : 'AverageValue';
  return defined({ type, averageUtilization: targetAverageUtilization, averageValue: targetAverageValue });
}

const currentFromV1 = ({ currentAverageUtilization, currentAverageValue }: Old): Fields =>
  defined({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue });
