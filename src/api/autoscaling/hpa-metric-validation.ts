/** Validation of what HorizontalPodAutoscalers measure. */
import type {
  ContainerResourceMetricSource,
  CrossVersionObjectReference,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ResourceMetricSource,
} from '../../generated/autoscaling-v2.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { pathSegmentName } from '../meta/names.ts';
import { compareQuantities } from '../quantity.ts';
import { checkDnsLabel, checked } from '../validation/checks.ts';
import { validateContainerResourceName } from '../validation/resource-names.ts';

/** Where each type's source stands, in the order upstream looks at them. */
const SOURCES = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
} as const;
const TYPES = Object.keys(SOURCES).sort();
const TARGETS = ['Utilization', 'Value', 'AverageValue'];

export function validateMetrics(
  metrics: readonly MetricSpec[],
  minReplicas: number | undefined,
): FieldError[] {
  const errors = metrics.flatMap((metric, i) => validateMetric(metric, at('spec.metrics', i)));
  const outside = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas === 0 && !outside) {
    const why = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', why));
  }
  return errors;
}

function validateMetric(metric: MetricSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type } = metric;
  if (!type) errors.push(required(child(path, 'type'), 'must specify a metric source type'));
  if (!TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, TYPES));
  const present = Object.values(SOURCES).filter(source => metric[source] !== undefined);
  const [first] = present;
  if (first) errors.push(...validateSource(metric, first, child(path, first)));
  const expected = TYPES.includes(type) ? SOURCES[type as keyof typeof SOURCES] : undefined;
  // Upstream says it twice.
  if (!expected) errors.push(notSupported(child(path, 'type'), type, TYPES));
  else if (!present.includes(expected)) {
    errors.push(required(child(path, expected), 'must populate information for the given metric source'));
  }
  if (present.length === 1) return errors;
  const others = present.filter(source => source !== expected).sort();
  const why = 'must populate the given metric source only';
  return [...errors, ...others.map(source => forbiddenField(child(path, source), why))];
}

function validateSource(
  metric: MetricSpec,
  source: (typeof SOURCES)[keyof typeof SOURCES],
  path: string,
): FieldError[] {
  const { object, external, pods, resource, containerResource } = metric;
  const target = child(path, 'target');
  if (source === 'object' && object) {
    return [
      ...validateScaleTarget(object.describedObject, child(path, 'describedObject'), false),
      ...validateIdentifier(object.metric, child(path, 'metric')),
      ...validateTarget(object.target, target),
      ...(hasValue(object.target)
        ? []
        : [required(child(target, 'averageValue'), 'must set either a target value or averageValue')]),
    ];
  }
  if (source === 'external' && external) {
    return [
      ...validateIdentifier(external.metric, child(path, 'metric')),
      ...validateTarget(external.target, target),
      ...validateOneValue(external.target, target),
    ];
  }
  if (source === 'pods' && pods) {
    const why = 'must specify a positive target averageValue';
    return [
      ...validateIdentifier(pods.metric, child(path, 'metric')),
      ...validateTarget(pods.target, target),
      ...(pods.target.averageValue === undefined ? [required(child(target, 'averageValue'), why)] : []),
    ];
  }
  if (source === 'containerResource' && containerResource)
    return validateResource(containerResource, path, true);
  return resource ? validateResource(resource, path, false) : [];
}

function validateResource(
  source: ResourceMetricSource | ContainerResourceMetricSource,
  path: string,
  ofContainer: boolean,
): FieldError[] {
  const target = child(path, 'target');
  const { averageUtilization, averageValue } = source.target;
  const errors = source.name
    ? ofContainer
      ? validateContainerResourceName(source.name, child(path, 'name'))
      : []
    : [required(child(path, 'name'), 'must specify a resource name')];
  if (ofContainer) {
    const container = 'container' in source ? source.container : '';
    const where = child(path, 'container');
    errors.push(
      ...(container ? checkDnsLabel(where, container) : [required(where, 'must specify a container')]),
    );
  }
  errors.push(...validateTarget(source.target, target));
  if (averageUtilization === undefined && averageValue === undefined) {
    const why = 'must set either a target raw value or a target utilization';
    errors.push(required(child(target, 'averageUtilization'), why));
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    const why = 'may not set both a target raw value and a target utilization';
    errors.push(forbiddenField(child(target, 'averageValue'), why));
  }
  return errors;
}

const hasValue = ({ value, averageValue }: MetricTarget) => value !== undefined || averageValue !== undefined;

/** A value of the whole or one per pod: not both. */
function validateOneValue(target: MetricTarget, path: string): FieldError[] {
  const { value, averageValue } = target;
  if (!hasValue(target)) {
    const why = 'must set either a target value for metric or a per-pod target';
    return [required(child(path, 'averageValue'), why)];
  }
  if (value === undefined || averageValue === undefined) return [];
  return [
    forbiddenField(child(path, 'value'), 'may not set both a target value for metric and a per-pod target'),
  ];
}

function validateTarget(
  { type, value, averageUtilization, averageValue }: MetricTarget,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!type) errors.push(required(child(path, 'type'), 'must specify a metric target type'));
  if (!TARGETS.includes(type)) {
    errors.push(
      invalidValue(child(path, 'type'), type, 'must be either Utilization, Value, or AverageValue'),
    );
  }
  const positive = (field: string, amount: string | undefined) =>
    amount !== undefined && compareQuantities(amount, '0') <= 0
      ? [invalidValue(child(path, field), amount, 'must be positive')]
      : [];
  errors.push(...positive('value', value), ...positive('averageValue', averageValue));
  return averageUtilization !== undefined && averageUtilization < 1
    ? [
        ...errors,
        invalidValue(child(path, 'averageUtilization'), averageUtilization, 'must be greater than 0'),
      ]
    : errors;
}

function validateIdentifier({ name }: MetricIdentifier, path: string): FieldError[] {
  const field = child(path, 'name');
  return name
    ? checked(field, name, v => pathSegmentName(v))
    : [required(field, 'must specify a metric name')];
}

/** `grouped`: the version must name a group, but for the one scalable kind of the core group. */
export function validateScaleTarget(
  { kind, name, apiVersion = '' }: CrossVersionObjectReference,
  path: string,
  grouped = true,
): FieldError[] {
  const segment = (field: string, value: string) =>
    value ? checked(child(path, field), value, v => pathSegmentName(v)) : [required(child(path, field))];
  const errors = [...segment('kind', kind), ...segment('name', name)];
  const where = child(path, 'apiVersion');
  const parts = apiVersion.split('/');
  if (parts.length > 2) {
    return [...errors, invalidValue(where, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const core = parts.length < 2 || parts[0] === '';
  return grouped && core && kind !== 'ReplicationController'
    ? [...errors, invalidValue(where, apiVersion, 'apiVersion must specify API group')]
    : errors;
}
