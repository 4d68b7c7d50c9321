import { expect, test } from 'vitest';
import type { Pod, PodStatus } from '../generated/core-v1.ts';
import { podRequests } from './resources.ts';

const pod = (cpu: string, status?: PodStatus): Pod => ({
  metadata: { name: 'a' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] },
  ...(status ? { status } : {}),
});
const known = (allocated: string, inForce: string, more: Partial<PodStatus> = {}): PodStatus => ({
  containerStatuses: [
    {
      name: 'c',
      image: '',
      imageID: '',
      ready: true,
      restartCount: 0,
      allocatedResources: { cpu: allocated },
      resources: { requests: { cpu: inForce } },
    },
  ],
  ...more,
});
const cpu = (of: Pod) => podRequests(of).get('cpu');

test('while a resize is under way the most of what it may take counts', () => {
  expect(cpu(pod('100m'))).toBe(100);
  expect(cpu(pod('100m', known('200m', '300m')))).toBe(300);
  expect(cpu(pod('400m', known('200m', '300m')))).toBe(400);
});

test('what the node can never give does not count', () => {
  const pending = (reason: string) => ({
    conditions: [{ type: 'PodResizePending', status: 'True', reason }],
  });
  expect(cpu(pod('1000', known('200m', '100m', pending('Infeasible'))))).toBe(200);
  expect(cpu(pod('1', known('200m', '100m', pending('Deferred'))))).toBe(1000);
});
