/** Rules of StatefulSets that no recording has. */
import { expect, test } from 'vitest';
import type { StatefulSet, StatefulSetSpec } from '../../generated/apps-v1.ts';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { statefulSet } from './stateful-set.ts';

const context = {} as StrategyContext;
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);

function set(spec: Partial<StatefulSetSpec>): StatefulSet {
  const labels = { app: 'a' };
  const made: StatefulSet = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 's', generation: 1 },
    spec: {
      serviceName: 's',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      ...spec,
    },
  };
  statefulSet.defaults?.(made, context);
  return made;
}

const claims = (storage: string): Partial<StatefulSetSpec> => ({
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
    },
  ],
});

test('claims and the service are looked at once, when the set is made', () => {
  const made = set({ ...claims('0'), serviceName: 'Bad_', replicas: -1 });
  expect(texts(statefulSet.validate?.(made, context))).toEqual([
    'spec.volumeClaimTemplates[0].spec.resources[storage]: Invalid value: "0": must be greater than zero',
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    expect.stringContaining('spec.serviceName: Invalid value: "Bad_": a lowercase RFC 1123 label') as string,
  ]);
  expect(texts(statefulSet.validateUpdate?.(made, made, context))).toEqual([
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

test('what may not change is told after what is wrong', () => {
  const errors = statefulSet.validateUpdate?.(set({ serviceName: 'x', replicas: -1 }), set({}), context);
  expect(errors?.map(e => e.field)).toEqual(['spec.replicas', 'spec']);
});

test('keeping all revisions, and claims for parts of a byte, are warned of', () => {
  const made = set({ ...claims('100m'), revisionHistoryLimit: -1 });
  const keeps =
    'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended';
  const where = 'spec.volumeClaimTemplates[0]';
  const what = 'resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer';
  expect(texts(statefulSet.validate?.(made, context))).toEqual([]);
  expect(statefulSet.warnings?.(made, undefined)).toEqual([`${where}.${what}`, keeps]);
  expect(statefulSet.warnings?.(made, made)).toEqual([`${where}.Spec.${what}`, keeps]);
});

test('maxUnavailable is dropped, of a feature that is off, unless it is there already', () => {
  const rolling = (maxUnavailable?: number) =>
    set({
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: maxUnavailable === undefined ? {} : { maxUnavailable },
      },
    });
  const made = rolling(2);
  statefulSet.prepareForCreate?.(made, context);
  expect(made.spec?.updateStrategy?.rollingUpdate).toEqual({ partition: 0 });
  const changed = rolling(2);
  statefulSet.prepareForUpdate?.(changed, made, context);
  expect(changed.spec?.updateStrategy?.rollingUpdate).toEqual({ partition: 0 });
  const kept = rolling(2);
  statefulSet.prepareForUpdate?.(kept, rolling(1), context);
  expect(kept.spec?.updateStrategy?.rollingUpdate).toEqual({ partition: 0, maxUnavailable: 2 });
});
