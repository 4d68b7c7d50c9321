import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Entry, revision } from '../contract.ts';
import { askOwner, type Beside, ownerOf, type Source, serveBeside } from './beside.ts';
import { LmdbStore } from './store.ts';

let directory: string;
let beside: Beside | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'peapod-beside-'));
  beside = undefined;
});
afterEach(async () => {
  await beside?.close();
  rmSync(directory, { recursive: true, force: true });
});

const entry = (key: string, value: string): Entry => ({
  key,
  value: Buffer.from(value),
  createRevision: revision(3),
  modRevision: revision(7),
});
/** One entry a part. */
const source = (entries: readonly Entry[], part?: Source['part']): Source => ({
  revision: () => revision(9),
  part: part ?? (after => entries.filter(({ key }) => after === undefined || key > after).slice(0, 1)),
});

test('everything is told at one revision, whatever is in it', async () => {
  const entries = [entry('/a', ''), entry('/b\n', 'end\n'), entry('/ü', 'x'.repeat(3_000_000))];
  beside = await serveBeside(directory, source(entries));
  const told = await askOwner(directory);
  expect(told).toMatchObject({ revision: 9, remaining: 0 });
  expect(told?.entries.map(e => [e.key, e.createRevision, e.modRevision])).toEqual(
    entries.map(e => [e.key, 3, 7]),
  );
  expect(told?.entries.every((e, i) => e.value.equals(entries[i]?.value ?? Buffer.alloc(0)))).toBe(true);
  expect(await ownerOf(directory)).toBe(String(process.pid));
  expect(statSync(join(directory, 'store.sock')).mode & 0o077).toBe(0);
});

test('an empty store is told as one', async () => {
  beside = await serveBeside(directory, source([]));
  expect(await askOwner(directory)).toEqual({ revision: 9, entries: [], remaining: 0 });
});

test('a directory with a long path has a socket too', async () => {
  const deep = join(directory, 'x'.repeat(100), 'y'.repeat(100));
  mkdirSync(deep, { recursive: true });
  beside = await serveBeside(deep, source([entry('/a', '1')]));
  expect(await askOwner(deep)).toMatchObject({ entries: [{ key: '/a' }] });
});

test('where nobody listens there is no owner: no socket, and what a killed one left behind', async () => {
  expect(await ownerOf(directory)).toBeUndefined();
  writeFileSync(join(directory, 'store.sock'), '');
  expect(await ownerOf(directory)).toBeUndefined();
  expect(await askOwner(directory)).toBeUndefined();
  beside = await serveBeside(directory, source([]));
  expect(await ownerOf(directory)).toBe(String(process.pid));
});

test('what is not told to its end is an error', async () => {
  const fails = () => {
    throw new Error('compacted');
  };
  beside = await serveBeside(
    directory,
    source([], after => (after ? fails() : [entry('/a', '1')])),
  );
  await expect(askOwner(directory)).rejects.toThrow('did not tell all of it; try again');
});

test('something else that listens there is an owner that does not answer', async () => {
  const server = createServer(socket => socket.end('hello\n'));
  await new Promise<void>(resolve => server.listen(join(directory, 'store.sock'), resolve));
  try {
    expect(await ownerOf(directory)).toBe('(which does not answer)');
    await expect(askOwner(directory)).rejects.toThrow('did not tell all of it');
  } finally {
    server.close();
  }
});

test('an asker that takes nothing, sends garbage or goes away holds up nobody', async () => {
  const large = entry('/a', 'x'.repeat(20_000_000));
  beside = await serveBeside(directory, source([large, entry('/b', '2')]));
  const path = join(directory, 'store.sock');
  const slow = connect(path, () => slow.write('read\n')).pause();
  const wrong = connect(path, () => wrong.write('garbage')).resume();
  const refused = new Promise(resolve => wrong.on('close', resolve));
  const gone = connect(path, () => gone.end('read\n')).on('error', () => {});
  expect((await askOwner(directory))?.entries).toHaveLength(2);
  await refused;
  // Closing does not wait for the slow one.
  await beside.close();
  slow.destroy();
});

test('a store that is open is refused to others before its files are touched', async () => {
  const store = await LmdbStore.open({ directory });
  await store.create('/a', Buffer.from('1'));
  await expect(LmdbStore.open({ directory })).rejects.toThrow(`process ${process.pid} has it open`);
  expect(await askOwner(directory)).toMatchObject({ revision: 1, entries: [{ key: '/a' }] });
  await store.close();
  expect(await ownerOf(directory)).toBeUndefined();
});
