/** Rules of flow control that no recording of single changes shows. */
import { expect, test } from 'vitest';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { flowSchema } from './flow-schema.ts';
import { priorityLevelConfiguration } from './priority-level-configuration.ts';

const context = {} as StrategyContext;
const metadata = { name: 'x' };
const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);

const flow = (subject: object, rule: object) => ({
  metadata,
  spec: {
    priorityLevelConfiguration: { name: 'p' },
    matchingPrecedence: 5,
    rules: [{ subjects: [subject], ...rule }],
  },
});
const root = { nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] };
const user = { kind: 'User', user: { name: 'u' } };

test.each([
  [
    { kind: 'User', user: { name: '' }, group: { name: 'g' } },
    ['user.name: Required value', "group: Forbidden: group is forbidden when subject kind is not 'Group'"],
  ],
  [
    { kind: 'Group', user: { name: 'u' } },
    [
      "group: Required value: group is required when subject kind is 'Group'",
      "user: Forbidden: user is forbidden when subject kind is not 'User'",
    ],
  ],
  [
    { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } },
    ['serviceAccount.namespace: Required value: must specify namespace for service account'],
  ],
])('a subject %j lacks its own part first', (subject, expected) => {
  const errors = texts(flowSchema.validate?.(flow(subject, root) as never, context));
  expect(errors).toEqual(expected.map(text => `spec.rules[0].subjects[0].${text}`));
});

test('a URL is told of once', () => {
  const rule = { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['a//b*c'] }] };
  expect(texts(flowSchema.validate?.(flow(user, rule) as never, context))).toHaveLength(1);
});

test('a hand without cards is told as that alone', () => {
  const queuing = { queues: 1, handSize: -1, queueLengthLimit: 1 };
  const limited = {
    nominalConcurrencyShares: 1,
    lendablePercent: 0,
    limitResponse: { type: 'Queue', queuing },
  };
  const level = { metadata, spec: { type: 'Limited', limited } };
  expect(texts(priorityLevelConfiguration.validate?.(level as never, context))).toEqual([
    'spec.limited.limitResponse.queuing.handSize: Invalid value: -1: must be positive',
  ]);
});
