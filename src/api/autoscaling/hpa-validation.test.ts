/** What HorizontalPodAutoscalers may aim at, where no recording says it. */
import { expect, test } from 'vitest';
import type { MetricSpec } from '../../generated/autoscaling-v2.ts';
import { validateMetrics } from './hpa-metric-validation.ts';

const describedObject = { kind: 'Ingress', name: 'i', apiVersion: 'networking.k8s.io/v1' };
const metric = { name: 'm' };
const PATH = 'spec.metrics[0]';

test.each<[string, MetricSpec, string[]]>([
  [
    'an object has some value',
    { type: 'Object', object: { describedObject, metric, target: { type: 'Value' } } },
    ['object.target.averageValue: Required value: must set either a target value or averageValue'],
  ],
  [
    'or two',
    {
      type: 'Object',
      object: { describedObject, metric, target: { type: 'Value', value: '1', averageValue: '1' } },
    },
    [],
  ],
  [
    'and may be of the core group, but of one group only',
    {
      type: 'Object',
      object: {
        describedObject: { ...describedObject, apiVersion: 'a/b/c' },
        metric,
        target: { type: 'Value', value: '1' },
      },
    },
    ['object.describedObject.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
  ],
  [
    'pods with a negative value have one',
    { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '-1' } } },
    ['pods.target.averageValue: Invalid value: "-1": must be positive'],
  ],
  [
    'a container has a name that containers can have',
    {
      type: 'ContainerResource',
      containerResource: {
        name: 'cpu',
        container: 'Bad_',
        target: { type: 'Utilization', averageUtilization: 1 },
      },
    },
    [
      expect.stringContaining(
        'containerResource.container: Invalid value: "Bad_": a lowercase RFC 1123',
      ) as string,
    ],
  ],
  [
    'amounts are looked at in order',
    {
      type: 'Resource',
      resource: {
        name: 'cpu',
        target: { type: 'Value', value: '0', averageValue: '0', averageUtilization: 0 },
      },
    },
    [
      'resource.target.value: Invalid value: "0": must be positive',
      'resource.target.averageValue: Invalid value: "0": must be positive',
      'resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
  ],
])('%s', (_, spec, expected) => {
  const errors = validateMetrics([spec], 1).map(e => `${e.field.slice(PATH.length + 1)}: ${e.body}`);
  expect(errors).toEqual(expected);
});
