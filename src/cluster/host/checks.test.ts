import { expect, test } from 'vitest';
import { missingControllers } from './checks.ts';

test('controllers count whether they come from v1, v2, or both', () => {
  const v1 = 'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /m cgroup rw,memory 0 0\n';
  expect(missingControllers(v1, 'pids')).toEqual([]);
  expect(missingControllers('', 'cpuset cpu io memory pids\n')).toEqual([]);
});

test('what is missing is named in one line', () => {
  const problems = missingControllers('cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0', 'cpu');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('memory, pids');
});
