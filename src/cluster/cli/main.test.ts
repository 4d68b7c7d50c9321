import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runPeapod } from '../../testing/run-peapod.ts';
import { commands } from './commands.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-cli-'));
});
afterEach(() => rm(dir, { recursive: true }));

test('without a command, everything there is is shown', async () => {
  for (const args of [[], ['--help'], ['help']]) {
    const { code, out } = await runPeapod(...args);
    expect(code).toBe(0);
    for (const { name, hidden } of commands) if (!hidden) expect(out).toContain(`\n  ${name}`);
  }
});

test('every command has help that names its options', async () => {
  for (const entry of commands) {
    const command = await entry.load();
    if (command.passThrough) continue;
    const { code, out } = await runPeapod(...entry.name.split(' '), '--help');
    expect(code).toBe(0);
    for (const option of Object.keys(command.options)) expect(out).toContain(`--${option}`);
  }
});

test.each([
  [['nope'], '"nope" is no command'],
  [['image'], 'there are: image load, image ls'],
  [['up', '--prot', '1'], "Unknown option '--prot'"],
  [['up', '--port'], 'argument missing'],
  [['up', 'now'], 'usage: peapod up'],
  [['image', 'load'], 'usage: peapod image load FILE'],
  [['status', '--name', 'Not A Name'], 'is no cluster name'],
  [['status', '--data-dir', 'relative'], 'give an absolute path'],
  [['status', '--data-dir', '/nowhere'], 'there is no cluster "peapod" in /nowhere'],
  [['kubeconfig', '--data-dir', '/nowhere'], 'make one with "peapod up"'],
])('%s is one line on standard error, and exit code 1', async (args, message) => {
  const { code, out, error } = await runPeapod(...args);
  expect([code, out]).toEqual([1, '']);
  expect(error).toMatch(/^peapod: [^\n]+\n$/);
  expect(error).toContain(message);
});

if (process.platform !== 'linux')
  console.log(`tests of commands that need root are left out: they need Linux, this is ${process.platform}`);
test.skipIf(process.platform !== 'linux').each([['up'], ['down'], ['delete'], ['image load x.tar']])(
  '%s by another user than root is refused in one line',
  async command => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const { code, out, error } = await runPeapod(...command.split(' '), '--data-dir', dir);
    vi.restoreAllMocks();
    const what = command.replace(' x.tar', '');
    expect([code, out, error]).toEqual([1, '', `peapod: ${what} needs root: run it with sudo\n`]);
  },
);

test('up takes no directory that holds something else, and leaves it as it is', async () => {
  if (process.getuid?.() === 0 && process.platform === 'linux') {
    await writeFile(join(dir, 'thesis.txt'), 'mine');
    const { code, error } = await runPeapod('up', '--name', 'a', '--data-dir', dir);
    expect([code, error]).toEqual([
      1,
      `peapod: --data-dir ${dir} holds other files and no cluster: choose an empty or new directory\n`,
    ]);
    expect(await readdir(dir)).toEqual(['thesis.txt']);
  }
});

test('a cluster’s options cannot be changed by a later up', async () => {
  if (process.getuid?.() === 0 && process.platform === 'linux') {
    const settings = {
      name: 'a',
      port: 6443,
      nodeName: 'n',
      podCidr: '10.244.0.0/24',
      serviceCidr: '10.96.0.0/12',
    };
    await writeFile(join(dir, 'cluster.json'), JSON.stringify(settings));
    const { code, error } = await runPeapod('up', '--name', 'a', '--data-dir', dir, '--port', '7000');
    expect([code, error]).toEqual([
      1,
      'peapod: cluster "a" has --port 6443: delete it to make it anew with another\n',
    ]);
  }
});

test.each([['status'], ['kubeconfig'], ['image ls'], ['snapshot ls']])(
  '%s of a directory with another cluster than the one named is refused',
  async command => {
    await writeFile(join(dir, 'cluster.json'), JSON.stringify({ name: 'a', port: 6443 }));
    const { code, error } = await runPeapod(...command.split(' '), '--name', 'b', '--data-dir', dir);
    expect([code, error]).toEqual([
      1,
      `peapod: the cluster in ${dir} is "a", not "b": give its own --name, or another --data-dir\n`,
    ]);
  },
);

test('status of a cluster that is down says so with exit code 1', async () => {
  await writeFile(join(dir, 'cluster.json'), JSON.stringify({ name: 'a', port: 6443 }));
  const { code, out } = await runPeapod('status', '--name', 'a', '--data-dir', dir);
  expect([code, out]).toEqual([1, `Cluster "a" is down (${dir})\n`]);
  expect(JSON.parse((await runPeapod('status', '--json', '--data-dir', dir)).out)).toMatchObject({
    running: false,
  });
});

test('images that were loaded are listed with their size', async () => {
  await writeFile(join(dir, 'cluster.json'), JSON.stringify({ name: 'a', port: 6443 }));
  expect(JSON.parse((await runPeapod('image', 'ls', '--json', '--data-dir', dir)).out)).toEqual([]);
});
