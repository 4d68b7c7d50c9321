/** An LMDB store as a whole: whether it is there, reading it beside its user, filling it. */
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ListResult, type Revision, revision, StoreIoError } from '../contract.ts';
import type { Filling } from '../filling.ts';
import { askOwner } from './beside.ts';
import { FILE } from './environment.ts';
import { LmdbStore } from './store.ts';

/** Written together: in order, and one commit for all of them. */
const FILL_AT_ONCE = 1000;

export const isInLmdb = (directory: string): boolean => existsSync(join(directory, FILE));

/**
 * Everything that is stored now, in key order: asked of the process that has the store open; if there
 * is none, it is opened meanwhile.
 * @throws StoreIoError
 */
export async function readLmdb(directory: string): Promise<ListResult> {
  if (!isInLmdb(directory))
    throw new StoreIoError(`Cannot open the store ${join(directory, FILE)}: there is none`);
  const told = await askOwner(directory);
  if (told) return told;
  const store = await LmdbStore.open({ directory });
  try {
    return await store.list({ prefix: '' });
  } finally {
    await store.close();
  }
}

/**
 * Replaces the store by `entries`, in one step at the end: it is the old one or the new one. Nobody
 * may have it open. Nothing older than the last of the entries can be read from it.
 * @returns the newest revision. @throws StoreIoError
 */
export async function fillLmdb(
  directory: string,
  { after, entries, onProgress }: Filling,
): Promise<Revision> {
  const scratch = `${directory}.filling`;
  await rm(scratch, { recursive: true, force: true });
  const store = await LmdbStore.open({ directory: scratch, first: revision(after + 1) });
  try {
    for (let i = 0; i < entries.length; i += FILL_AT_ONCE) {
      const part = entries.slice(i, i + FILL_AT_ONCE);
      await Promise.all(part.map(({ key, value }) => store.create(key, value)));
      onProgress(i + part.length);
    }
    const newest = store.currentRevision();
    await store.compact(newest);
    await store.close();
    await mkdir(directory, { recursive: true });
    await rename(join(scratch, FILE), join(directory, FILE));
    await syncDirectory(directory);
    return newest;
  } finally {
    await store.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
