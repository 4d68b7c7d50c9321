import { createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { CommandError, type CommandRunner } from '../../base/run-command.ts';
import { clusterPaths } from '../layout.ts';
import { checkHost, checkNft, missingControllers } from './checks.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const works: CommandRunner = { run: async () => ({ stdout: '', stderr: '' }) };
const check = (options: { kubeletPort?: number; port?: number; dataDir?: string } = {}) => {
  vi.spyOn(process, 'getuid').mockReturnValue(0);
  vi.spyOn(process, 'platform', 'get').mockReturnValue('linux');
  const paths = clusterPaths(options.dataDir ?? '/d');
  const ports = { port: options.port, 'kubelet-port': options.kubeletPort };
  return checkHost({ paths, ports, commands: works });
};

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

if (process.platform !== 'linux')
  console.log(`tests of the host's checks are left out: they need Linux, this is ${process.platform}`);
const onLinux = test.skipIf(process.platform !== 'linux');

onLinux('programs that are not installed are named with their Debian packages', async () => {
  vi.stubEnv('PATH', '/nowhere');
  expect(await check()).toContainEqual(
    expect.stringMatching(
      /^containerd, runc, nft, ip, mount, .*not found: install with "apt-get install containerd runc nftables iproute2 mount .*" \(npm start does it\)$/,
    ),
  );
});

onLinux('a port that is taken is named, and the option for another', async () => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const taken = `port ${port} is taken by another program: choose another with`;
  expect(await check({ port })).toContain(`${taken} --port`);
  expect(await check({ kubeletPort: port })).toContain(`${taken} --kubelet-port`);
  server.close();
});

onLinux('a data directory too deep for sockets is told before anything is made', async () => {
  expect(await check({ dataDir: `/${'d'.repeat(90)}` })).toContainEqual(
    expect.stringMatching(/^--data-dir \/d+ is too long: sockets in it may have 107 characters, not \d+$/),
  );
});

test('a kernel without nftables is told in one line, with what nft says', async () => {
  const complaint = 'netlink: Error: cache initialization failed: Protocol not supported\nmore';
  const commands: CommandRunner = {
    run: async command => {
      throw new CommandError(command, 'exit code 1', { exitCode: 1, stderr: complaint });
    },
  };
  expect(await checkNft(commands)).toEqual([
    'nftables do not work here: netlink: Error: cache initialization failed: Protocol not supported; a kernel with nf_tables and nft_nat is needed',
  ]);
  expect(await checkNft(works)).toEqual([]);
});
