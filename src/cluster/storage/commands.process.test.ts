// `peapod store copy` and `peapod snapshot`, as they are called, on clusters that are stopped.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative as relativePath } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { type Revision, revision } from '../../store/contract.ts';
import { LmdbStore } from '../../store/lmdb/store.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { runPeapod } from '../../testing/run-peapod.ts';
import { createAuthority, issue } from '../certificates/authority.ts';
import { writePidFile } from '../host/processes.ts';
import { clusterPaths } from '../layout.ts';
import type { ClusterSettings } from '../settings.ts';
import { openStore } from './open-store.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'peapod-storage-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const SETTINGS: ClusterSettings = {
  name: 'a',
  port: 64_430,
  kubeletPort: 10_250,
  nodeName: 'node',
  serviceCidr: '10.97.0.0/16',
  kubernetesIp: '10.97.0.1',
  dnsIp: '10.97.0.10',
  podCidr: '10.245.7.0/24',
  clusterDomain: 'cluster.local',
  bridge: 'pp-a',
};

/** A stopped cluster in `dir`/<name>, whose objects were changed in another order than that of their names. */
async function makeCluster(name = 'a', keys = ['/registry/c', '/registry/a', '/registry/b']) {
  const dataDir = join(dir, name);
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'cluster.json'), JSON.stringify({ ...SETTINGS, name }));
  const store = await LmdbStore.open({ directory: clusterPaths(dataDir).store });
  for (const key of keys) await store.create(key, Buffer.from(`first ${key}`));
  const first = (await store.get(keys[0] as string))?.modRevision as Revision;
  await store.update(keys[0] as string, Buffer.from('{"changed":true}'), first);
  const known = store.currentRevision();
  await store.close();
  return { flags: ['--name', name, '--data-dir', dataDir], dataDir, known };
}

const settingsIn = (dataDir: string) =>
  JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as ClusterSettings;

/** What a cluster has stored, in the order of changes. */
async function stored(dataDir: string) {
  const store = await openStore({
    store: settingsIn(dataDir).store,
    directory: clusterPaths(dataDir).store,
    clock: systemClock,
    random: systemRandom,
  });
  const { entries } = await store.list({ prefix: '' });
  const watchFrom = (at: Revision) =>
    store.watch({ prefix: '', from: at, onEvents: () => {} }).then(
      () => 'it goes on',
      (error: Error) => error.name,
    );
  const inOrder = entries.toSorted((a, b) => a.modRevision - b.modRevision);
  const result = {
    objects: inOrder.map(e => [e.key, e.value.toString()]),
    oldest: inOrder[0]?.modRevision as Revision,
    compacted: store.compactedRevision(),
    watchFrom: await watchFrom(revision(4)),
  };
  await store.close();
  return result;
}

const OBJECTS = [
  ['/registry/a', 'first /registry/a'],
  ['/registry/b', 'first /registry/b'],
  ['/registry/c', '{"changed":true}'],
];

describe('peapod snapshot', () => {
  test('is saved, listed, and restored to the cluster it was taken from', async () => {
    const { flags, dataDir, known } = await makeCluster();
    const saved = await runPeapod('snapshot', 'save', 'before', ...flags);
    const file = join(dataDir, 'snapshots/before.snapshot');
    expect([saved.code, saved.out]).toEqual([0, `${file}: 3 objects at revision 4, 0.0 MB.\n`]);
    const store = await LmdbStore.open({ directory: clusterPaths(dataDir).store });
    await store.delete('/registry/a', revision(2));
    await store.create('/registry/d', Buffer.from('x'));
    await store.close();

    const restored = JSON.parse((await runPeapod('snapshot', 'restore', 'before', '--json', ...flags)).out);
    expect(restored).toMatchObject({ name: 'a', objects: 3, new: false });
    const found = await stored(dataDir);
    expect(found.objects).toEqual(OBJECTS);
    // Above what was written after the snapshot, and nobody can go on from there.
    expect(found.oldest).toBeGreaterThan(known + 2);
    expect(found.watchFrom).toBe('CompactedError');

    writeFileSync(join(dataDir, 'snapshots/cut.snapshot'), readFileSync(file).subarray(0, 300));
    const rows = JSON.parse((await runPeapod('snapshot', 'ls', '--json', ...flags)).out);
    expect(rows).toMatchObject([
      { name: 'before', file, revision: 4, objects: 3 },
      { name: 'cut', problem: expect.stringContaining('is cut short') },
    ]);
    const { out } = await runPeapod('snapshot', 'ls', ...flags);
    expect(out.replaceAll(dir, 'DIR').replaceAll(/\d{4}-\S+Z/g, 'TIME')).toMatchInlineSnapshot(`
      "NAME     TAKEN                  REVISION   OBJECTS   SIZE
      before   TIME   4          3         0.0 MB
      cut      DIR/a/snapshots/cut.snapshot is cut short: its last line is missing
      "
    `);
  });

  test('makes a new cluster, with the addresses its objects have', async () => {
    const { flags } = await makeCluster();
    const file = join(dir, 'moved.snapshot');
    await runPeapod('snapshot', 'save', file, ...flags);
    const dataDir = join(dir, 'b');
    const { code, out } = await runPeapod('snapshot', 'restore', file, '--name', 'b', '--data-dir', dataDir);
    expect([code, out.split('\n').at(-2)]).toEqual([0, 'Start it with "peapod up --name b".']);
    // Whichever port no cluster of this machine has.
    const kubeletPort = expect.any(Number);
    expect(settingsIn(dataDir)).toEqual({ ...SETTINGS, kubeletPort, name: 'b', bridge: 'pp-b' });
    expect((await stored(dataDir)).objects).toEqual(OBJECTS);
  });

  test('replaces a store that is damaged', async () => {
    const { flags, dataDir } = await makeCluster();
    const file = join(dir, 'x.snapshot');
    await runPeapod('snapshot', 'save', file, ...flags);
    writeFileSync(join(dataDir, 'store/store.mdb'), 'no store at all');
    expect((await runPeapod('snapshot', 'restore', file, ...flags)).code).toBe(0);
    const found = await stored(dataDir);
    expect(found.objects).toEqual(OBJECTS);
    expect(found.oldest).toBeGreaterThan(1_000_000_000);
  });

  test('is refused in one line where it cannot be', async () => {
    const { flags, dataDir } = await makeCluster();
    const file = join(dir, 'x.snapshot');
    await runPeapod('snapshot', 'save', file, ...flags);
    const refusals: string[] = [];
    const refused = async (...args: string[]) => {
      const { code, out, error } = await runPeapod(...args);
      expect([code, out]).toEqual([1, '']);
      expect(error).toMatch(/^peapod: [^\n]+\n$/);
      refusals.push(error.replaceAll(dir, 'DIR').replace('peapod: ', '').trim());
    };
    await refused('snapshot', 'save', file, ...flags);
    await refused('snapshot', 'restore', 'nope', ...flags);
    writeFileSync(join(dir, 'cut.snapshot'), readFileSync(file).subarray(0, 400));
    await refused('snapshot', 'restore', join(dir, 'cut.snapshot'), ...flags);
    await refused('snapshot', 'restore', file, '--store', 'etcd=http://127.0.0.1:1', ...flags);
    writeFileSync(
      join(dataDir, 'cluster.json'),
      JSON.stringify({ ...SETTINGS, serviceCidr: '10.98.0.0/16' }),
    );
    await refused('snapshot', 'restore', file, ...flags);
    // As if this process were its server.
    await writePidFile(join(dataDir, 'server.pid'), process.pid);
    await refused('snapshot', 'restore', file, ...flags);
    await refused('store', 'copy', '--to', 'etcd=http://127.0.0.1:1', ...flags);
    expect(refusals).toMatchInlineSnapshot(`
      [
        "DIR/x.snapshot is there already: choose another name",
        "DIR/a/snapshots/nope.snapshot cannot be read: there is no such file",
        "DIR/cut.snapshot is cut short: its last line is missing",
        "cluster "a" has its state in lmdb, not what --store says",
        "the snapshot is of a cluster with serviceCidr 10.97.0.0/16, and "a" has 10.98.0.0/16: restore it into a new one",
        "cluster "a" runs: stop it first, with "peapod down --name a"",
        "cluster "a" runs: stop it first, with "peapod down --name a"",
      ]
    `);
    expect(existsSync(join(dataDir, 'store.filling'))).toBe(false);
  });
});

describe.skipIf(skipWithoutEtcd())('peapod store copy', () => {
  let etcd: EtcdServer;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd?.close());
  const place = (prefix: string) => [`etcd=${etcd.url}`, '--store-prefix', prefix];

  test('moves a cluster to etcd, to another prefix and back; order is kept, and no old revision is', async () => {
    const { flags, dataDir, known } = await makeCluster();
    const there = await runPeapod('store', 'copy', '--from', 'lmdb', '--to', ...place('/one'), ...flags);
    expect([there.code, there.error]).toEqual([0, '']);
    expect(there.out).toContain('3 of 3 objects');
    expect(settingsIn(dataDir).store).toEqual({ endpoints: [etcd.url], prefix: '/one' });
    let before: number = known;
    const check = async () => {
      const found = await stored(dataDir);
      expect(found.objects).toEqual(OBJECTS);
      expect(found.oldest).toBeGreaterThan(before);
      expect(found.watchFrom).toBe('CompactedError');
      before = found.compacted;
    };
    await check();
    expect((await runPeapod('store', 'copy', '--to', ...place('/two'), ...flags)).code).toBe(0);
    await check();
    const refused = await runPeapod('store', 'copy', '--to', 'lmdb', ...flags);
    expect(refused.error).toBe(
      `peapod: ${join(dataDir, 'store')} is not empty: remove what is there, or choose another place\n`,
    );
    rmSync(join(dataDir, 'store'), { recursive: true });
    const back = JSON.parse((await runPeapod('store', 'copy', '--to', 'lmdb', '--json', ...flags)).out);
    expect(back).toMatchObject({ from: `etcd=${etcd.url} --store-prefix /two`, to: 'lmdb', objects: 3 });
    expect(settingsIn(dataDir).store).toBeUndefined();
    await check();
  });

  test('refuses what is not so, and a place that is taken', async () => {
    const { flags } = await makeCluster('b');
    const refusals: string[] = [];
    const refused = async (...args: string[]) => {
      const { code, error } = await runPeapod('store', 'copy', ...args, ...flags);
      expect(code).toBe(1);
      expect(error).toMatch(/^peapod: [^\n]+\n$/);
      refusals.push(error.replaceAll(etcd.url, 'URL').replace('peapod: ', '').trim());
    };
    await refused();
    await refused('--to', 'lmdb');
    await refused('--from', 'etcd=http://127.0.0.1:1', '--to', 'lmdb');
    await refused('--to', ...place('/one'));
    await refused('--to', 'etcd=http://127.0.0.1:1');
    expect(refusals).toMatchInlineSnapshot(`
      [
        "say where to: --to lmdb, or --to etcd=URL[,URL]",
        "cluster "b" has its state in lmdb already",
        "cluster "b" has its state in lmdb, not in etcd=http://127.0.0.1:1",
        "/one in etcd at URL is not empty: remove what is there, or choose another place",
        "Cannot reach etcd at http://127.0.0.1:1: nothing listens there (connect ECONNREFUSED 127.0.0.1:1)",
      ]
    `);
  });

  test('snapshots are of etcd too, and go into it', async () => {
    const { flags, dataDir } = await makeCluster();
    await runPeapod('store', 'copy', '--to', ...place('/three'), ...flags);
    const file = join(dir, 'etcd.snapshot');
    expect((await runPeapod('snapshot', 'save', file, ...flags)).code).toBe(0);
    copyFileSync(file, `${file}.copy`);
    expect((await runPeapod('snapshot', 'restore', file, ...flags)).code).toBe(0);
    expect((await stored(dataDir)).objects).toEqual(OBJECTS);
    const other = join(dir, 'new');
    const made = ['--name', 'new', '--data-dir', other, '--store', ...place('/four')];
    expect((await runPeapod('snapshot', 'restore', file, ...made)).error).toBe('');
    expect((await stored(other)).objects).toEqual(OBJECTS);
    const taken = ['--name', 'new2', '--data-dir', join(dir, 'new2'), '--store', ...place('/four')];
    expect((await runPeapod('snapshot', 'restore', file, ...taken)).error).toContain('/four in etcd at');
  });
});

test.skipIf(skipWithoutEtcd())('etcd over TLS: the files are remembered by their full paths', async () => {
  const nowMs = systemClock.now();
  const validForMs = 3_600_000;
  const authority = await createAuthority('etcd-ca', nowMs, validForMs);
  const given = { nowMs, validForMs };
  const shown = await issue(authority, {
    ...given,
    commonName: 'etcd',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  const own = await issue(authority, { ...given, commonName: 'peapod', usage: 'client' });
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const ca = file('ca.pem', authority.certificate);
  const [cert, key] = [file('own.pem', own.certificate), file('own-key.pem', own.key)];
  const tls = {
    certificate: file('etcd.pem', shown.certificate),
    key: file('etcd-key.pem', shown.key),
    clientCa: ca,
  };
  const etcd = await startEtcd({ tls });
  try {
    const { flags, dataDir } = await makeCluster();
    const relative = (path: string) => relativePath(process.cwd(), path);
    const to = ['--to', `etcd=${etcd.url}`, '--store-ca', relative(ca), '--store-cert', relative(cert)];
    expect((await runPeapod('store', 'copy', ...to, '--store-key', relative(key), ...flags)).error).toBe('');
    expect(settingsIn(dataDir).store).toEqual({ endpoints: [etcd.url], prefix: '/peapod', ca, cert, key });
    expect((await stored(dataDir)).objects).toEqual(OBJECTS);
    rmSync(key);
    expect((await runPeapod('snapshot', 'save', 'x', ...flags)).error).toMatch(
      /^peapod: --store-key \S+own-key.pem cannot be read: [^\n]+\n$/,
    );
  } finally {
    await etcd.close();
  }
});
