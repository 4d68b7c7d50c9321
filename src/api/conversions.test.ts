/** Kinds that share a storage: what goes in through one version comes out unchanged. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromV2, toV2 } from './autoscaling/hpa-conversion.ts';
import { fromCore, toCore } from './events/event-conversion.ts';

const text = fc.string({ maxLength: 8 });
const reference = fc.record({ apiVersion: fc.constant('apps/v1'), kind: text, name: text });
const target = fc.oneof(
  fc.record({ type: fc.constant('AverageValue'), averageValue: fc.constantFrom('1', '500m') }),
  fc.record({ type: fc.constant('Utilization'), averageUtilization: fc.integer({ min: 1, max: 100 }) }),
);
const value = fc.record({ type: fc.constant('Value'), value: fc.constantFrom('5', '1Gi') });
const metric = fc.oneof(
  fc.record({
    type: fc.constant('Resource'),
    resource: fc.record({ name: fc.constantFrom('cpu', 'memory'), target }),
  }),
  fc.record({
    type: fc.constant('External'),
    external: fc.record({ metric: fc.record({ name: text }), target: value }),
  }),
  fc.record({
    type: fc.constant('Object'),
    object: fc.record({ describedObject: reference, metric: fc.record({ name: text }), target: value }),
  }),
  fc.record({
    type: fc.constant('ContainerResource'),
    containerResource: fc.record({ container: text, name: fc.constant('memory'), target }),
  }),
);

test('an autoscaling/v2 HorizontalPodAutoscaler survives the way through v1', () => {
  // v1 has one CPU percentage of its own, which comes out last.
  const isCpu = (m: object) => {
    const { resource } = m as { resource?: { name: string; target: object } };
    return resource?.name === 'cpu' && 'averageUtilization' in resource.target;
  };
  fc.assert(
    fc.property(fc.array(metric, { maxLength: 4 }), reference, (metrics, scaleTargetRef) => {
      fc.pre(metrics.filter(isCpu).length <= 1);
      const ordered = [...metrics.filter(m => !isCpu(m)), ...metrics.filter(isCpu)];
      const stored = {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'a', annotations: { own: 'x' } },
        spec: { maxReplicas: 3, scaleTargetRef, ...(ordered.length > 0 ? { metrics: ordered } : {}) },
        status: { currentMetrics: null as never, currentReplicas: 1, desiredReplicas: 2 },
      };
      expect(toV2(fromV2(stored))).toEqual(stored);
    }),
  );
});

test('an event of events.k8s.io survives its stored form', () => {
  fc.assert(
    fc.property(text, text, fc.option(fc.integer({ min: 1 }), { nil: undefined }), (note, reason, count) => {
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: 'a' },
        eventTime: '2026-01-01T00:00:00.000000Z',
        regarding: { kind: 'Pod', name: 'p' },
        note,
        reason,
        ...(count === undefined ? {} : { deprecatedCount: count }),
      };
      expect(fromCore(toCore(event))).toEqual(event);
    }),
  );
});

test('the behavior of a HorizontalPodAutoscaler is read from its annotation in any case, and written in Go names', () => {
  const annotation = 'autoscaling.alpha.kubernetes.io/behavior';
  const v1 = (text: string) => ({
    metadata: { annotations: { [annotation]: text } },
    spec: { maxReplicas: 1, scaleTargetRef: { kind: 'Deployment', name: 'd' } },
  });
  const policies = [{ type: 'Pods', value: 2, periodSeconds: 15 }];
  const stored = toV2(v1(JSON.stringify({ ScaleUp: { stabilizationWindowSeconds: 5, Policies: policies } })));
  expect(stored.spec.behavior).toEqual({ scaleUp: { stabilizationWindowSeconds: 5, policies } });
  expect(JSON.parse(fromV2(stored).metadata.annotations?.[annotation] ?? '')).toEqual({
    ScaleUp: {
      StabilizationWindowSeconds: 5,
      SelectPolicy: null,
      Policies: [{ Type: 'Pods', Value: 2, PeriodSeconds: 15 }],
      Tolerance: null,
    },
    ScaleDown: null,
  });
  expect(toV2(v1('not JSON')).spec.behavior).toBeUndefined();
});
