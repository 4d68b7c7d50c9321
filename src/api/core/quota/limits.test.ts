import { describe, expect, test } from 'vitest';
import type { Container, LimitRange, LimitRangeItem, Pod } from '../../../generated/core-v1.ts';
import { applyDefaults, refusalsOfClaim, refusalsOfPod } from './limits.ts';

const range = (...limits: LimitRangeItem[]): LimitRange => ({ metadata: { name: 'l' }, spec: { limits } });
const container = (name: string, resources: Container['resources'] = {}): Container => ({
  name,
  image: 'i',
  resources,
});
const pod = (containers: Container[], rest: Partial<Pod['spec']> = {}): Pod => ({
  metadata: { name: 'p' },
  spec: { containers, ...rest },
});

test('containers are given what they lack, and the pod says what that was', () => {
  const given = pod([container('a'), container('b', { requests: { cpu: '1' } })], {
    initContainers: [container('i', { limits: { cpu: '2', memory: '1Gi' } })],
  });
  const defaults = { default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '500m' } };
  applyDefaults(range({ type: 'Container', ...defaults }, { type: 'Pod', max: { cpu: '1' } }), given);
  expect(given.spec.containers.map(c => c.resources)).toEqual([
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } },
    { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1' } },
  ]);
  expect(given.metadata.annotations).toEqual({
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu request for container a; cpu, memory limit for container a; cpu, memory limit for container b; cpu request for init container i',
  });
});

test('a pod that lacks nothing is left alone', () => {
  const given = pod([container('a')]);
  applyDefaults(range({ type: 'Container', min: { cpu: '1' } }), given);
  expect(given).toEqual(pod([container('a')]));
});

describe('a container', () => {
  const one = (requests: Record<string, string>, limits: Record<string, string>, item: object) =>
    refusalsOfPod(range({ type: 'Container', ...item }), pod([container('a', { requests, limits })]));
  const ratio = 'cpu max limit to request ratio per Container is 2, but';

  test.each<[string, Record<string, string>, Record<string, string>, object, string[]]>([
    ['asks for enough', { cpu: '1' }, { cpu: '1' }, { min: { cpu: '1' }, max: { cpu: '1' } }, []],
    [
      'asks for nothing',
      {},
      {},
      { min: { cpu: '1' } },
      ['minimum cpu usage per Container is 1.  No request is specified'],
    ],
    [
      'asks for too little',
      { cpu: '1m' },
      {},
      { min: { cpu: '1' } },
      ['minimum cpu usage per Container is 1, but request is 1m'],
    ],
    [
      'may use too little',
      { cpu: '1' },
      { cpu: '1m' },
      { min: { cpu: '1' } },
      ['minimum cpu usage per Container is 1, but limit is 1m'],
    ],
    [
      'has no limit',
      { cpu: '1' },
      {},
      { max: { cpu: '1' } },
      ['maximum cpu usage per Container is 1.  No limit is specified'],
    ],
    [
      'may use too much',
      {},
      { cpu: '2' },
      { max: { cpu: '1' } },
      ['maximum cpu usage per Container is 1, but limit is 2'],
    ],
    [
      'asks for too much',
      { cpu: '2' },
      { cpu: '1' },
      { max: { cpu: '1' } },
      ['maximum cpu usage per Container is 1, but request is 2'],
    ],
    ['is even enough', { cpu: '1' }, { cpu: '2' }, { maxLimitRequestRatio: { cpu: '2' } }, []],
    [
      'bursts',
      { cpu: '300m' },
      { cpu: '1' },
      { maxLimitRequestRatio: { cpu: '2' } },
      [`${ratio} provided ratio is 3.333333`],
    ],
    [
      'has no ratio',
      {},
      { cpu: '1' },
      { maxLimitRequestRatio: { cpu: '2' } },
      [`${ratio} no request is specified or request is 0`],
    ],
    [
      'has half a ratio',
      { cpu: '1' },
      {},
      { maxLimitRequestRatio: { cpu: '2' } },
      [`${ratio} no limit is specified or limit is 0`],
    ],
  ])('that %s', (_, requests, limits, item, expected) => {
    expect(one(requests, limits, item)).toEqual(expected);
  });
});

test('a pod is its containers together, or what it says itself', () => {
  const half = { requests: { cpu: '500m' }, limits: { cpu: '600m' } };
  const limits = range({ type: 'Pod', max: { cpu: '1' } });
  const two = [container('a', half), container('b', half)];
  expect(refusalsOfPod(limits, pod(two))).toEqual(['maximum cpu usage per Pod is 1, but limit is 1200m']);
  expect(refusalsOfPod(limits, pod(two, { resources: { limits: { cpu: '1' } } }))).toEqual([]);
});

test('of a claim its request counts', () => {
  const limits = range({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
  const claim = (storage: string) => ({ metadata: {}, spec: { resources: { requests: { storage } } } });
  expect(['1Gi', '2Gi', '1Mi', '3Gi'].map(size => refusalsOfClaim(limits, claim(size)))).toEqual([
    [],
    [],
    ['minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi'],
    ['maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi'],
  ]);
});
