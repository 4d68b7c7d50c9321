/** A store in etcd as a whole: whether it is there, reading it beside its user, filling it, erasing it. */
import { type ListResult, type Revision, revision, StoreIoError } from '../contract.ts';
import type { Filling, Presence } from '../filling.ts';
import { EtcdClient } from './client.ts';
import { connect, type EtcdStoreOptions, firstContact } from './connect.ts';
import { etcdError } from './errors.ts';
import { Layout } from './layout.ts';
import type { KeyRange } from './messages.ts';
import { EtcdStore } from './store.ts';

const TIMEOUT_MS = 10_000;

/** @throws StoreIoError when etcd cannot be reached */
export async function presenceInEtcd(options: EtcdStoreOptions): Promise<Presence> {
  await firstContact(options);
  return withClient(options, 'look into', async (client, layout) => {
    const countOf = async (range: KeyRange) => (await client.range({ ...range, countOnly: true })).count;
    if ((await countOf({ key: layout.incomplete })) > 0) return 'incomplete';
    const counts = await Promise.all(layout.all.map(countOf));
    return counts.some(count => count > 0) ? 'there' : 'none';
  });
}

/** Everything of the store, its name too. @throws StoreIoError when etcd cannot be reached */
export function eraseEtcd(options: EtcdStoreOptions): Promise<void> {
  return withClient(options, 'erase the store in', async (client, layout) => {
    for (const range of layout.all) await client.deleteRange(range);
  });
}

/** Everything that is stored now, in key order. Nothing is written, so its user may have it open. */
export async function readEtcd(options: EtcdStoreOptions): Promise<ListResult> {
  const { client, reader, numbering, head } = await connect(options, false);
  try {
    const at = numbering.ours(head);
    return { ...(await reader.list({ prefix: '' }, at)), revision: at };
  } catch (error) {
    throw etcdError('read', client.where, error);
  } finally {
    client.close();
  }
}

/**
 * Replaces the store by `entries`. Until it is done the store says that it is incomplete, and is
 * not opened; it can be filled again. Nothing older than the last of them can be read from it.
 * @returns the newest revision. @throws StoreIoError
 */
export async function fillEtcd(
  options: EtcdStoreOptions,
  { after, entries, onProgress }: Filling,
): Promise<Revision> {
  await withClient(options, 'write to', async (client, layout) => {
    const mark = { requestPut: { key: layout.incomplete, value: Buffer.from('true') } };
    await client.txn({ compare: [], success: [mark], failure: [] }, true);
    for (const range of layout.all) {
      if (range.key.equals(layout.incomplete)) continue;
      await client.deleteRange(range);
    }
  });
  const store = await EtcdStore.open({ ...options, first: revision(after + 1), incomplete: true });
  try {
    let written = 0;
    // One after another: their order is what is kept.
    for (const { key, value } of entries) {
      await store.create(key, value);
      written++;
      if (written % 100 === 0 || written === entries.length) onProgress(written);
    }
    const newest = store.currentRevision();
    await store.compact(newest);
    await withClient(options, 'write to', async (client, layout) => {
      await client.deleteRange({ key: layout.incomplete });
    });
    return newest;
  } finally {
    await store.close();
  }
}

async function withClient<T>(
  options: EtcdStoreOptions,
  action: string,
  work: (client: EtcdClient, layout: Layout) => Promise<T>,
): Promise<T> {
  const client = new EtcdClient({ ...options, timeoutMs: options.timeoutMs ?? TIMEOUT_MS });
  try {
    return await work(client, new Layout(options.prefix));
  } catch (error) {
    throw error instanceof StoreIoError ? error : etcdError(action, client.where, error);
  } finally {
    client.close();
  }
}
