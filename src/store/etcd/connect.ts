/** Finding a store in etcd, or making one: what every use of it begins with. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { type Revision, revision, StoreIoError } from '../contract.ts';
import { type EtcdAddress, EtcdClient } from './client.ts';
import { etcdError } from './errors.ts';
import { LargeValues } from './large-values.ts';
import { Layout, Numbering } from './layout.ts';
import type { RangeResponse } from './messages.ts';
import { Reader } from './reader.ts';
import { probeCompacted } from './watch-stream.ts';

export interface EtcdStoreOptions extends EtcdAddress {
  /** What our keys begin with: '/' and letters, digits, '-', '_'. Absent: '/peapod'. One store each. */
  readonly prefix?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a read or a write may take, milliseconds; absent: 10,000. */
  readonly timeoutMs?: number;
  /** The revision a store that is made anew begins after; absent: 0. */
  readonly first?: Revision;
  /** It is opened to be filled (contents.ts), although it is not complete. */
  readonly incomplete?: boolean;
}

export interface Connection {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly numbering: Numbering;
  readonly large: LargeValues;
  readonly reader: Reader;
  readonly timeoutMs: number;
  /** etcd's newest revision. */
  readonly head: number;
  readonly compacted: Revision;
}

const FORMAT = 1;
const TIMEOUT_MS = 10_000;
/** Whoever starts a cluster waits for it. */
const CONNECT_MS = 3_000;

/**
 * @param make makes the store where there is none
 * @throws StoreIoError: cannot be reached, there is no store, it was made by another version, it is incomplete
 */
export async function connect(options: EtcdStoreOptions, make: boolean): Promise<Connection> {
  const { clock, random, timeoutMs = TIMEOUT_MS } = options;
  const layout = new Layout(options.prefix);
  const client = new EtcdClient({ ...options, timeoutMs });
  try {
    await firstContact(options);
    const { numbering, head } = await findStore(client, layout, {
      first: make ? (options.first ?? revision(0)) : undefined,
      incomplete: options.incomplete ?? false,
    });
    const made = numbering.theirs(numbering.first);
    const probed = head === made ? 0 : await probeCompacted({ client, clock, timeoutMs }, layout.meta);
    const compacted = revision(Math.max(numbering.first, probed > 0 ? numbering.ours(probed) : 0));
    const large = new LargeValues({ client, layout, random });
    const reader = new Reader({ client, layout, numbering, large });
    return { client, layout, numbering, large, reader, timeoutMs, head, compacted };
  } catch (error) {
    client.close();
    throw etcdError('open the store in', client.where, error);
  }
}

/** A shorter time than later calls have, and the reason when it is not there. @throws StoreIoError */
export async function firstContact(options: EtcdStoreOptions): Promise<void> {
  const timeoutMs = Math.min(CONNECT_MS, options.timeoutMs ?? TIMEOUT_MS);
  const client = new EtcdClient({ ...options, timeoutMs });
  try {
    await client.range({ key: Buffer.from('/'), countOnly: true });
  } finally {
    client.close();
  }
}

/** `first` absent: it must be there. */
async function findStore(
  client: EtcdClient,
  layout: Layout,
  { first, incomplete: mayBeIncomplete }: { first: Revision | undefined; incomplete: boolean },
): Promise<{ numbering: Numbering; head: number }> {
  const read = [{ requestRange: { key: layout.meta } }, { requestRange: { key: layout.incomplete } }];
  const value = Buffer.from(JSON.stringify({ format: FORMAT, first: first ?? 0 }));
  const absent = mayBeIncomplete ? [layout.meta] : [layout.meta, layout.incomplete];
  const compare = absent.map(key => ({ target: 'CREATE' as const, key, createRevision: 0 }));
  const make = first === undefined ? [] : [{ requestPut: { key: layout.meta, value } }];
  // Whoever comes second finds what the first has made, so it may be asked again.
  const answer = await client.txn({ compare, success: make, failure: read }, true);
  const head = answer.header.revision;
  if (answer.succeeded) {
    if (first === undefined)
      throw new StoreIoError(
        `Cannot open the store in etcd at ${client.where}: there is none below ${layout.prefix}`,
      );
    return { numbering: new Numbering(head, first), head };
  }
  const [meta, incomplete] = answer.responses.map(r => (r.responseRange as RangeResponse).kvs[0]);
  if (incomplete && !mayBeIncomplete) {
    throw new StoreIoError(
      `Cannot open the store in etcd at ${client.where}: filling it was interrupted; do the copy or restore again`,
    );
  }
  const found = JSON.parse(meta?.value.toString() ?? '{}') as { format?: number; first?: number };
  if (meta === undefined || found.format !== FORMAT || typeof found.first !== 'number') {
    throw new StoreIoError(
      `Cannot open the store in etcd at ${client.where}: ${layout.meta} has format ${found.format}, this Peapod knows ${FORMAT}`,
    );
  }
  return { numbering: new Numbering(meta.createRevision, revision(found.first)), head };
}
