import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memoryOperatingSystem } from '../../testing/memory-os.ts';
import { hostOperatingSystem } from '../os.ts';
import { writeAtomically } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { containerMounts } from './mounts.ts';
import { configMapPayload, type Payload, secretPayload } from './payload.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pp-kubelet-unit-'));
});
afterEach(() => rm(directory, { recursive: true }));

const payload = (files: Record<string, string>, mode = 0o640): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));
const write = (files: Record<string, string>, nowMs = 0) =>
  writeAtomically(hostOperatingSystem.fs, { directory, payload: payload(files), nowMs });

test('files are read through links that change all at once', async () => {
  await write({ a: '1', 'sub/b': '2' });
  expect(await readFile(join(directory, 'a'), 'utf8')).toBe('1');
  expect(await readFile(join(directory, 'sub/b'), 'utf8')).toBe('2');
  expect(await readlink(join(directory, 'a'))).toBe('..data/a');
  expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o640);
  const before = await readlink(join(directory, '..data'));
  await write({ a: '3', c: '4' }, 1000);
  expect(await readlink(join(directory, '..data'))).not.toBe(before);
  expect((await readdir(directory)).filter(name => !name.startsWith('..')).sort()).toEqual(['a', 'c']);
  expect(
    (await readdir(directory)).filter(name => name.startsWith('..2') || name.startsWith('..1')),
  ).toHaveLength(1);
});

test('the same files again touch nothing', async () => {
  expect(await write({ a: '1' })).toBe(true);
  const before = await readdir(directory);
  expect(await write({ a: '1' }, 5000)).toBe(false);
  expect(await readdir(directory)).toEqual(before);
});

test('items choose keys, paths and modes; a missing key is an error unless it is optional', () => {
  const map = { metadata: {}, data: { a: 'x' }, binaryData: { b: 'eA==' } };
  const items = [{ key: 'a', path: 'p/a', mode: 0o400 }];
  expect([...configMapPayload(map, { items, defaultMode: 0o644 })]).toEqual([
    ['p/a', { data: Buffer.from('x'), mode: 0o400 }],
  ]);
  expect([...configMapPayload(map, { defaultMode: 0o644 }).keys()]).toEqual(['a', 'b']);
  const missing = { items: [{ key: 'no', path: 'no' }], defaultMode: 0o644 };
  expect(() => configMapPayload(map, missing)).toThrow('references non-existent config key: no');
  expect(() => secretPayload(undefined, missing)).toThrow('references non-existent secret key: no');
  expect(configMapPayload(map, { ...missing, optional: true }).size).toBe(0);
});

test('no item leads out of the volume', () => {
  const map = { metadata: {}, data: { a: 'x' } };
  for (const path of ['../up', '/abs', 'a/../../up']) {
    expect(() => configMapPayload(map, { items: [{ key: 'a', path }], defaultMode: 0o644 })).toThrow(
      'outside',
    );
  }
});

test('hostPath types are checked, and made where that is asked for', async () => {
  const { fs } = hostOperatingSystem;
  const path = join(directory, 'new');
  await expect(prepareHostPath(fs, { path, type: 'Directory' })).rejects.toThrow(
    `hostPath type check failed: ${path} is not a directory`,
  );
  await prepareHostPath(fs, { path, type: 'DirectoryOrCreate' });
  await expect(prepareHostPath(fs, { path, type: 'File' })).rejects.toThrow('is not a file');
  expect(await prepareHostPath(fs, { path: join(directory, 'f'), type: 'FileOrCreate' })).toBe(
    join(directory, 'f'),
  );
});

test('a subPath is made when it is missing, and may not lead out of its volume', async () => {
  const os = memoryOperatingSystem();
  await os.fs.mkdir('/vol', { recursive: true });
  await os.fs.symlink('/etc', '/vol/link');
  const input = (subPath: string) => ({
    files: os.fs,
    dirs: { root: '/k', podLogs: '/l' },
    pod: { metadata: { uid: 'u' }, spec: { containers: [] } },
    container: { name: 'c', volumeMounts: [{ name: 'v', mountPath: '/m', subPath }] },
    restartCount: 0,
    volumes: new Map([['v', '/vol']]),
    env: new Map(),
  });
  await os.fs.mkdir('/etc', { recursive: true });
  expect((await containerMounts(input('deep/er')))[0]).toMatchObject({
    containerPath: '/m',
    hostPath: '/vol/deep/er',
  });
  await expect(containerMounts(input('link'))).rejects.toThrow('failed to prepare subPath');
  await expect(containerMounts(input('../up'))).rejects.toThrow(
    "unable to provision SubPath `../up`: must not contain '..'",
  );
  await expect(containerMounts(input('/abs'))).rejects.toThrow(
    'error SubPath `/abs` must not be an absolute path',
  );
});

test('every name in a subPathExpr must have a value', async () => {
  const os = memoryOperatingSystem();
  await os.fs.mkdir('/vol', { recursive: true });
  const mounts = containerMounts({
    files: os.fs,
    dirs: { root: '/k', podLogs: '/l' },
    pod: { metadata: { uid: 'u' }, spec: { containers: [] } },
    container: { name: 'c', volumeMounts: [{ name: 'v', mountPath: '/m', subPathExpr: '$(B)/$(A)/$(C)' }] },
    restartCount: 0,
    volumes: new Map([['v', '/vol']]),
    env: new Map([['A', 'a']]),
  });
  await expect(mounts).rejects.toThrow('missing value for B, C');
});
