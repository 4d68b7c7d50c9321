import { expect, test } from 'vitest';
import { parseCgroupMounts } from '../cgroups/hierarchy.ts';
import { readCgroupUsage, readProcesses } from './cgroup-usage.ts';
import { defaultInterface, parseNetDev } from './network-usage.ts';

const filesOf = (contents: Readonly<Record<string, string>>) => ({
  readFile: ((path: string) =>
    path in contents ? Promise.resolve(contents[path]) : Promise.reject(new Error('ENOENT'))) as never,
});

const V1 = parseCgroupMounts(
  ['cpuacct', 'memory', 'pids'].map(c => `cgroup /cg/${c} cgroup rw,${c} 0 0`).join('\n'),
);
const V2 = parseCgroupMounts('cgroup2 /cg cgroup2 rw 0 0');

test('on v1 each controller tells its part, with what is below', async () => {
  const files = filesOf({
    '/cg/cpuacct/a/cpuacct.usage': '2500000000\n',
    '/cg/cpuacct/a/cpuacct.stat': 'user 150\nsystem 100\n',
    '/cg/memory/a/memory.usage_in_bytes': '1000\n',
    '/cg/memory/a/memory.stat':
      'inactive_file 1\nrss 2\ntotal_inactive_file 300\ntotal_rss 400\ntotal_cache 500\ntotal_pgfault 6\ntotal_pgmajfault 7\n',
    '/cg/pids/a/pids.current': '3\n',
    '/cg/memory/a/cgroup.procs': '11\n12\n',
  });
  expect(await readCgroupUsage(files, V1, '/a')).toEqual({
    cpu: { totalNs: 2.5e9, userNs: 1.5e9, systemNs: 1e9 },
    memory: {
      usageBytes: 1000,
      workingSetBytes: 700,
      rssBytes: 400,
      cacheBytes: 500,
      pageFaults: 6,
      majorPageFaults: 7,
    },
    processes: 3,
  });
  expect(await readProcesses(files, V1, '/a')).toEqual([11, 12]);
});

test('on v2 one tree tells all', async () => {
  const files = filesOf({
    '/cg/a/cpu.stat': 'usage_usec 2500000\nuser_usec 1500000\nsystem_usec 1000000\n',
    '/cg/a/memory.current': '1000\n',
    '/cg/a/memory.stat': 'anon 400\nfile 500\ninactive_file 1200\npgfault 6\npgmajfault 7\n',
    '/cg/a/pids.current': '3\n',
  });
  expect(await readCgroupUsage(files, V2, '/a')).toEqual({
    cpu: { totalNs: 2.5e9, userNs: 1.5e9, systemNs: 1e9 },
    memory: {
      usageBytes: 1000,
      workingSetBytes: 0,
      rssBytes: 400,
      cacheBytes: 500,
      pageFaults: 6,
      majorPageFaults: 7,
    },
    processes: 3,
  });
});

test('what is not counted, or not there, is left out', async () => {
  expect(await readCgroupUsage(filesOf({}), V1, '/gone')).toEqual({});
  expect(await readCgroupUsage(filesOf({ '/cg/memory/a/cgroup.procs': '1\n2\n' }), V1, '/a')).toEqual({
    processes: 2,
  });
});

test('interfaces are read from the kernel’s table, without loopback', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    9 9 9 0 0 0 0 0 9 9 9 0 0 0 0 0
  eth0: 100 2 3 0 0 0 0 0 400 5 6 0 0 0 0 0
`;
  expect(parseNetDev(text)).toEqual([{ name: 'eth0', rxBytes: 100, rxErrors: 3, txBytes: 400, txErrors: 6 }]);
  const routes =
    'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\npp0\t0000F40A\t0\t1\t0\t0\t0\t00FFFFFF\neth0\t00000000\t010011AC\t3\t0\t0\t0\t00000000\n';
  expect(defaultInterface(routes)).toBe('eth0');
  expect(defaultInterface('Iface\n')).toBeUndefined();
});
