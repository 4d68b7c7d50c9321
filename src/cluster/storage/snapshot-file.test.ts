import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type Entry, revision } from '../../store/contract.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'peapod-snapshot-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'x.snapshot');
const about = {
  cluster: 'peapod',
  takenAt: '2026-01-31T12:00:00Z',
  settings: {
    port: 6443,
    nodeName: 'node',
    serviceCidr: '10.96.0.0/12',
    podCidr: '10.244.0.0/24',
    clusterDomain: 'cluster.local',
  },
};
const write = (entries: readonly Entry[], at = 99) =>
  writeSnapshot(path, about, { entries, revision: revision(at), remaining: 0 });
const reasonOf = () =>
  readSnapshot(path).then(
    () => 'it is good',
    (error: Error) => `${error.name}: ${error.message.replace(path, 'FILE')}`,
  );
const web: Entry = {
  key: '/registry/core/pods/default/wëb',
  value: Buffer.from('{"kind":"Pod"}'),
  createRevision: revision(3),
  modRevision: revision(12),
};

test('the file is as its description says', async () => {
  await write([web]);
  expect(readFileSync(path, 'utf8')).toMatchInlineSnapshot(`
    "peapod snapshot 1
    {"cluster":"peapod","takenAt":"2026-01-31T12:00:00Z","settings":{"port":6443,"nodeName":"node","serviceCidr":"10.96.0.0/12","podCidr":"10.244.0.0/24","clusterDomain":"cluster.local"},"revision":99,"objects":1}
    3 12 32 14
    /registry/core/pods/default/wëb{"kind":"Pod"}
    sha256 a7e355527a80f112b0b42f9c16528611fb46bf7702d800eeaef9639e83018773
    "
  `);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('whatever is stored is read again as it was', async () => {
  const entry = fc.record({
    key: fc.string({ unit: 'binary', minLength: 1 }).map(text => `/${text}`),
    value: fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
    createRevision: fc.nat().map(revision),
    modRevision: fc.nat().map(revision),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 20 }), fc.nat(), async (entries, at) => {
      const bytes = await write(entries, at);
      const read = await readSnapshot(path);
      expect(read.bytes).toBe(bytes);
      expect(read.header).toEqual({ ...about, revision: at, objects: entries.length });
      expect(read.entries).toEqual(entries);
    }),
    { numRuns: 25 },
  );
});

test('a file that was cut short anywhere, or of which any byte is another, is refused in one line', async () => {
  await write([web, { ...web, key: '/registry/core/pods/default/z' }]);
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    writeFileSync(path, good.subarray(0, at));
    expect(await reasonOf()).toMatch(/^SnapshotError: FILE [^\n]+$/);
    const damaged = Buffer.from(good);
    damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
    writeFileSync(path, damaged);
    expect(await reasonOf()).toMatch(/^SnapshotError: FILE [^\n]+$/);
  }
});

test('each refusal says what it is', async () => {
  const reasons: string[] = [];
  await write([web]);
  const good = readFileSync(path);
  const middle = Buffer.from(good);
  middle.write('D', good.indexOf('Pod'));
  for (const bytes of [
    Buffer.from('{}'),
    Buffer.from('peapod snapshot 2\n'),
    good.subarray(0, good.length - 20),
    Buffer.concat([good, Buffer.from('\n')]),
    middle,
  ]) {
    writeFileSync(path, bytes);
    reasons.push(await reasonOf());
  }
  rmSync(path);
  reasons.push(await reasonOf());
  expect(reasons).toMatchInlineSnapshot(`
    [
      "SnapshotError: FILE is no snapshot",
      "SnapshotError: FILE is a snapshot of a version this Peapod does not know",
      "SnapshotError: FILE is cut short: its last line is missing",
      "SnapshotError: FILE is cut short: its last line is missing",
      "SnapshotError: FILE is damaged: its content does not have the checksum at its end",
      "SnapshotError: FILE cannot be read: there is no such file",
    ]
  `);
});
