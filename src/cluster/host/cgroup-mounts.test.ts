import { expect, test } from 'vitest';
import { planCgroupMounts } from './cgroup-mounts.ts';

test('nothing is mounted where cgroups are in place', () => {
  expect(planCgroupMounts('0::/', 'cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toEqual([]);
  expect(planCgroupMounts('', 'sysfs /sys sysfs rw 0 0\n')).toEqual([]);
});

test('cgroup v2 alone is mounted as one tree', () => {
  expect(planCgroupMounts('0::/user\n', 'sysfs /sys sysfs rw 0 0\n')).toEqual([
    { type: 'cgroup2', options: 'rw', target: '/sys/fs/cgroup' },
  ]);
});

test('v1 hierarchies get a folder each, beside the unified one of a hybrid layout', () => {
  const cgroups = '8:cpu,cpuacct:/\n4:memory:/\n1:name=systemd:/\n0::/\n';
  expect(planCgroupMounts(cgroups, 'sysfs /sys sysfs rw 0 0\n')).toEqual([
    { type: 'tmpfs', options: 'rw,mode=755', target: '/sys/fs/cgroup' },
    { type: 'cgroup', options: 'rw,cpu,cpuacct', target: '/sys/fs/cgroup/cpu,cpuacct' },
    { type: 'cgroup', options: 'rw,memory', target: '/sys/fs/cgroup/memory' },
    { type: 'cgroup', options: 'rw,none,name=systemd', target: '/sys/fs/cgroup/systemd' },
    { type: 'cgroup2', options: 'rw', target: '/sys/fs/cgroup/unified' },
  ]);
});
