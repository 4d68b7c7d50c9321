import { describe, expect, test } from 'vitest';
import type { Job, JobSpec } from '../../generated/batch-v1.ts';
import type { PodSpec } from '../../generated/core-v1.ts';
import { isTimeZone } from './cron-schedule.ts';
import { generateSelector, validateGeneratedSelector } from './job-selector.ts';
import { indexWarnings, validateJobSpec } from './job-spec.ts';
import { validateJobChange } from './job-update.ts';

const podSpec: PodSpec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] };
const fieldErrors = (spec: Partial<JobSpec>) =>
  validateJobSpec({ template: { spec: podSpec }, ...spec }, 'spec', {})
    .filter(e => !e.field.startsWith('spec.template.spec.'))
    .map(e => `${e.field}: ${e.body}`);

const MANY = { completionMode: 'Indexed', completions: 100_001 };
const AT_MOST =
  'must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index';

test.each<[string, Partial<JobSpec>, string[]]>([
  [
    'a limit per index needs one for all of many indexes',
    { ...MANY, backoffLimitPerIndex: 1, parallelism: 10_001 },
    [
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
      `spec.parallelism: Invalid value: 10001: ${AT_MOST}`,
    ],
  ],
  [
    'and a small one',
    { ...MANY, backoffLimitPerIndex: 1, maxFailedIndexes: 10_001 },
    [`spec.maxFailedIndexes: Invalid value: 10001: ${AT_MOST}`],
  ],
  ['many indexes without it', { ...MANY, parallelism: 10_001 }, []],
  [
    'conditions of a failure policy are counted',
    {
      podFailurePolicy: {
        rules: [{ action: 'Count', onPodConditions: Array(21).fill({ type: 'A', status: 'True' }) }],
      },
    },
    ['spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items'],
  ],
  [
    'exit codes that are not given are none',
    {
      podFailurePolicy: {
        rules: [{ action: 'Count', onExitCodes: { operator: 'In', values: null as never } }],
      },
    },
    [
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required',
    ],
  ],
  [
    'the indexes of a success policy are not too many to read',
    {
      completionMode: 'Indexed',
      completions: 5,
      successPolicy: { rules: [{ succeededIndexes: '1'.repeat(65_537) }] },
    },
    [
      'spec.successPolicy.rules[0].succeededIndexes: Too long: may not be more than 65536 bytes',
      expect.stringContaining('error parsing succeededIndexes') as string,
    ],
  ],
])('%s', (_, spec, expected) => {
  expect(fieldErrors(spec)).toEqual(expected);
});

test('an empty restart policy is a missing one', () => {
  const spec = { template: { spec: { ...podSpec, restartPolicy: '' } } };
  expect(validateJobSpec(spec, 'spec', {}).map(e => `${e.field}: ${e.body}`)).toContain(
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  );
});

test('more indexes than the status can hold are warned about', () => {
  expect(indexWarnings({ template: {}, ...MANY, parallelism: 10_001 }, 'spec')).toHaveLength(1);
  expect(indexWarnings({ template: {}, ...MANY, parallelism: 10_000 }, 'spec')).toEqual([]);
});

test('labels that are missing are named in the order of the old names first', () => {
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', uid: 'u' },
    spec: { template: {}, selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } } },
  };
  expect(validateGeneratedSelector(job).map(e => e.field)).toEqual(
    ['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'].map(
      key => `spec.template.metadata.labels[${key}]`,
    ),
  );
});

describe('the pods of a Job that has none', () => {
  const old: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', uid: 'u' },
    spec: { suspend: true, completions: 1, parallelism: 1, template: { spec: podSpec } },
  };
  generateSelector(old);
  const changed = (pod: Partial<PodSpec>, from: Job = old) => {
    const next = structuredClone(from);
    if (next.spec) next.spec.template.spec = { ...podSpec, ...pod };
    return validateJobChange(next, from)
      .filter(e => ['spec.template', 'spec.template.spec'].includes(e.field))
      .map(e => e.field);
  };
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } };

  test.each<[string, Partial<PodSpec>, string[]]>([
    ['run elsewhere', { nodeSelector: { a: 'b' }, tolerations: [{ key: 'k' }], affinity }, []],
    ['ask for more', { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1' } } }] }, []],
    ['are not others', { containers: [{ name: 'c', image: 'j' }] }, ['spec.template.spec']],
    ['are not more', { initContainers: [{ name: 'd', image: 'i' }] }, ['spec.template.spec']],
    ['stay apart as before', { affinity: { podAffinity: {} } }, ['spec.template.spec']],
    ['are not none', { containers: null as never }, ['spec.template.spec']],
  ])('%s', (_, pod, expected) => {
    expect(changed(pod)).toEqual(expected);
  });

  test('one that ran has none when it says so', () => {
    const ran: Job = { ...old, status: { startTime: '2026-01-01T00:00:00Z', active: 1 } };
    expect(changed({ nodeSelector: { a: 'b' } }, ran)).toEqual(['spec.template']);
    const conditions = [{ type: 'Suspended', status: 'True' }];
    expect(changed({ nodeSelector: { a: 'b' } }, { ...ran, status: { ...ran.status, conditions } })).toEqual([
      'spec.template',
    ]);
    const over = { ...ran, status: { startTime: '2026-01-01T00:00:00Z', conditions } };
    expect(changed({ nodeSelector: { a: 'b' } }, over)).toEqual([]);
  });
});

test('time zones are known by their very letters', () => {
  const names = [
    'Europe/Kyiv',
    'UTC',
    'EST5EDT',
    'europe/Berlin',
    'utc',
    'Europe/berlin',
    'Europe/',
    '+01:00',
  ];
  expect(names.filter(isTimeZone)).toEqual(['Europe/Kyiv', 'UTC', 'EST5EDT']);
});
