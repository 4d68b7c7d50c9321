/** Reads of the state after one revision, in pages. */
import type { Entry, ListOptions, Revision } from '../contract.ts';
import type { EtcdClient } from './client.ts';
import type { LargeValues } from './large-values.ts';
import type { Layout, Numbering } from './layout.ts';
import type { KeyValue } from './messages.ts';

/** Keys a request asks for at most: upstream's page. A page of the largest objects is bounded by memory only. */
const PAGE_KEYS = 500;

export interface ReaderOptions {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly numbering: Numbering;
  readonly large: LargeValues;
}

/** Methods throw what EtcdClient throws. */
export class Reader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  async entry(key: string, at: Revision): Promise<Entry | undefined> {
    const { client, layout, numbering } = this.#options;
    const { kvs } = await client.range({ key: layout.keyOf(key), revision: numbering.theirs(at) });
    return kvs[0] && this.entryOf(kvs[0], numbering.theirs(at));
  }

  /** @param at etcd's revision after which it was there */
  async entryOf(kv: KeyValue, at: number): Promise<Entry> {
    const { layout, numbering, large } = this.#options;
    const key = layout.nameOf(kv.key);
    return numbering.entry(key, kv, await large.read(key, kv.value, at));
  }

  /** Whether the watch has an event at etcd's revision `at`; others may have made it. */
  async hasWrite(at: number): Promise<boolean> {
    const { client, layout } = this.#options;
    const put = await client.range({
      ...layout.watched,
      revision: at,
      minModRevision: at,
      limit: 1,
      keysOnly: true,
    });
    if (put.kvs.length > 0) return true;
    const [before, after] = await Promise.all(
      [at - 1, at].map(then => client.range({ ...layout.watched, revision: then, countOnly: true })),
    );
    return (before?.count ?? 0) > (after?.count ?? 0);
  }

  async list(options: ListOptions, at: Revision): Promise<{ entries: Entry[]; remaining: number }> {
    const { client, layout, numbering, large } = this.#options;
    const revision = numbering.theirs(at);
    const entries: Entry[] = [];
    for (let startAfter = options.startAfter; ; startAfter = entries.at(-1)?.key) {
      const range = layout.range(options.prefix, startAfter);
      if (!range) return { entries, remaining: 0 };
      const wanted = (options.limit ?? Number.POSITIVE_INFINITY) - entries.length;
      const page = await client.range({ ...range, revision, limit: Math.min(PAGE_KEYS, wanted) });
      for (const kv of page.kvs) {
        const key = layout.nameOf(kv.key);
        const value = large.read(key, kv.value, revision);
        entries.push(numbering.entry(key, kv, Buffer.isBuffer(value) ? value : await value));
      }
      const remaining = page.count - page.kvs.length;
      if (remaining === 0 || entries.length >= (options.limit ?? Number.POSITIVE_INFINITY)) {
        return { entries, remaining };
      }
    }
  }
}
