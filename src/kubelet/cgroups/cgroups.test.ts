import { expect, test } from 'vitest';
import type { Container, ResourceRequirements } from '../../generated/core-v1.ts';
import { memoryOperatingSystem } from '../../testing/memory-os.ts';
import type { NodePod } from '../pods/pod.ts';
import { containerResources } from './container-resources.ts';
import { parseCgroupMounts, writeCgroup } from './hierarchy.ts';
import { podCgroupPath, podSettings, sharesToWeight } from './pod-cgroups.ts';
import { podLimits, podRequests } from './pod-resources.ts';
import { qosClass } from './qos.ts';

const pod = (...resources: ResourceRequirements[]): NodePod => ({
  metadata: { uid: 'u' },
  spec: { containers: resources.map((r, n) => ({ name: `c${n}`, resources: r })) },
});
const both = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });

test.each([
  [[{}], 'BestEffort', '/r/kubepods/besteffort/podu'],
  [[both('1', '1Gi')], 'Guaranteed', '/r/kubepods/podu'],
  [[both('1', '1Gi'), {}], 'Burstable', '/r/kubepods/burstable/podu'],
  [[{ limits: { cpu: '1', memory: '1Gi' } }], 'Guaranteed', '/r/kubepods/podu'],
  [[{ requests: { cpu: '100m' } }], 'Burstable', '/r/kubepods/burstable/podu'],
])('%j is %s', (resources, qos, path) => {
  expect(qosClass(pod(...resources))).toBe(qos);
  expect(podCgroupPath('/r', pod(...resources))).toBe(path);
});

const node = { memoryBytes: 8 * 2 ** 30, cgroupVersion: 1 } as const;

test('requests become shares, limits become quota and bytes', () => {
  const container: Container = {
    name: 'c',
    resources: { requests: { cpu: '250m' }, limits: { cpu: '1500m', memory: '64Mi' } },
  };
  const p = { ...pod(), spec: { containers: [container] } };
  expect(containerResources(p, container, node)).toEqual({
    cpuShares: 256,
    cpuQuota: 150_000,
    cpuPeriod: 100_000,
    memoryLimitInBytes: 67_108_864,
    oomScoreAdj: 999,
  });
});

test.each([
  [{}, 1000],
  [both('1', '1Gi'), -997],
  [{ requests: { memory: '4Gi' } }, 500],
  [{ requests: { memory: '8Gi' } }, 3],
])('oom_score_adj of %j is %i', (resources, score) => {
  const p = pod(resources);
  expect(containerResources(p, p.spec.containers[0] as Container, node).oomScoreAdj).toBe(score);
});

test('a pod has the sum of its containers, or its largest init moment', () => {
  const p = pod(both('100m', '10Mi'), both('200m', '20Mi'));
  p.spec.initContainers = [
    { name: 'side', restartPolicy: 'Always', resources: both('50m', '5Mi') },
    { name: 'init', resources: both('1', '1Mi') },
  ];
  expect(podRequests(p)).toEqual({ cpu: '1050m', memory: '35Mi' });
  expect(podLimits(p)).toEqual({ cpu: '1050m', memory: '35Mi' });
  expect(podLimits(pod(both('1', '1Gi'), { requests: { cpu: '1' } }))).toBeUndefined();
});

test('the pod cgroup is written in the words of v1 and v2', () => {
  const p = pod(both('500m', '16Mi'));
  const files = (version: 1 | 2) => podSettings(p, version).map(s => `${s.file}=${s.value}`);
  expect(files(1)).toEqual([
    'cpu.shares=512',
    'cpu.cfs_period_us=100000',
    'cpu.cfs_quota_us=50000',
    'memory.limit_in_bytes=16777216',
  ]);
  expect(files(2)).toEqual(['cpu.weight=20', 'cpu.max=50000 100000', 'memory.max=16777216']);
  expect(podSettings(pod({}), 1)).toEqual([]);
  expect([sharesToWeight(2), sharesToWeight(1024), sharesToWeight(262_144)]).toEqual([1, 39, 10_000]);
});

const V1 =
  'cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n';
const V2 = 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n';

test('v1, v2 and hybrid machines are told apart', () => {
  expect(parseCgroupMounts(V1 + V2)).toEqual({
    version: 1,
    mounts: new Map([
      ['cpu', '/sys/fs/cgroup/cpu'],
      ['memory', '/sys/fs/cgroup/memory'],
      ['unified', '/sys/fs/cgroup/unified'],
    ]),
  });
  expect(parseCgroupMounts('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n').version).toBe(2);
});

test('on v2 a controller is handed down before it is used', async () => {
  const os = memoryOperatingSystem();
  await os.fs.mkdir('/sys/fs/cgroup', { recursive: true });
  const tree = parseCgroupMounts('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n');
  await writeCgroup(os.fs, tree, '/r/kubepods', 'cpu', 'cpu.weight', '20');
  expect(os.files()).toMatchObject({
    '/sys/fs/cgroup/cgroup.subtree_control': '+cpu',
    '/sys/fs/cgroup/r/cgroup.subtree_control': '+cpu',
    '/sys/fs/cgroup/r/kubepods/cpu.weight': '20',
  });
});
