/**
 * Values that do not fit into one request: etcd takes 1.5 MiB as it is installed, the API server
 * objects of 3 MB. Such a value is written in parts first, and then the key, whose value names
 * them; an update or deletion of the key removes the parts of the old value in the same
 * transaction. Reads of the past find them all the same, as etcd keeps the past.
 *
 * What is stored for a value: itself; or, where it is large, MARK 'p' and a JSON that names the parts;
 * or, where it happens to begin with MARK, MARK 'v' and itself.
 *
 * Refused alternative: asking for etcd's --max-request-bytes. Whoever runs etcd may not want it,
 * and a cluster that is copied from LMDB must not stop at an object in the middle.
 */
import { createHash } from 'node:crypto';
import { nameSuffix, type Random } from '../../base/random.ts';
import { StoreIoError } from '../contract.ts';
import type { EtcdClient } from './client.ts';
import type { Layout } from './layout.ts';
import type { Compare, Operation } from './messages.ts';

const PART_BYTES = 1024 * 1024;
const MARK = Buffer.from('\0peapod');
const PLAIN = 'v'.charCodeAt(0);
const PARTS = 'p'.charCodeAt(0);
const ID_LENGTH = 20;

interface PartList {
  readonly id: string;
  readonly parts: number;
  readonly bytes: number;
}

/** How a value is written: what to compare and do beside the put of `stored`. */
export interface StagedValue {
  readonly stored: Buffer;
  /** The parts are still there: another's deletion of the key may have taken them along. */
  readonly compare: readonly Compare[];
  /** Removes the parts of the value before, but not those of this one. */
  readonly cleanUp: readonly Operation[];
  /** Where the value has been written in parts; they are nobody's until the key is. */
  readonly id?: string;
}

export interface LargeValuesOptions {
  readonly client: EtcdClient;
  readonly layout: Layout;
  readonly random: Random;
}

/** Reads and writes values of any size. Methods throw what EtcdClient throws. */
export class LargeValues {
  readonly #client: EtcdClient;
  readonly #layout: Layout;
  readonly #random: Random;

  constructor({ client, layout, random }: LargeValuesOptions) {
    this.#client = client;
    this.#layout = layout;
    this.#random = random;
  }

  /** @param isNew `key` is to be created: then it has no old parts */
  async stage(key: string, value: Buffer, isNew: boolean): Promise<StagedValue> {
    const digest = digestOf(key);
    if (value.length <= PART_BYTES) {
      const stored = value.subarray(0, MARK.length).equals(MARK) ? marked(PLAIN, value) : value;
      return { stored, compare: [], cleanUp: isNew ? [] : this.removeAll(key) };
    }
    const id = nameSuffix(this.#random, ID_LENGTH);
    const parts = Math.ceil(value.length / PART_BYTES);
    for (let i = 0; i < parts; i++) {
      const part = value.subarray(i * PART_BYTES, (i + 1) * PART_BYTES);
      const put = { requestPut: { key: this.#part(digest, id, i), value: part } };
      await this.#client.txn({ compare: [], success: [put], failure: [] }, true);
    }
    const list: PartList = { id, parts, bytes: value.length };
    const before = { key: this.#layout.large(digest), rangeEnd: this.#layout.large(digest, id) };
    const after = { key: this.#layout.large(digest, `${id}0`), rangeEnd: this.#layout.large(digest, '~') };
    return {
      stored: marked(PARTS, Buffer.from(JSON.stringify(list))),
      compare: [
        { target: 'CREATE', key: this.#part(digest, id, parts - 1), createRevision: 0, result: 'GREATER' },
      ],
      cleanUp: [{ requestDeleteRange: before }, { requestDeleteRange: after }],
      id,
    };
  }

  /** Parts that were written for a key that then was not. */
  async discard(key: string, { id }: StagedValue): Promise<void> {
    if (id === undefined) return;
    const digest = digestOf(key);
    const range = {
      key: this.#layout.large(digest, `${id}/`),
      rangeEnd: this.#layout.large(digest, `${id}0`),
    };
    // Where it fails they take space until the key is written or removed again.
    await this.#client.deleteRange(range).catch(() => {});
  }

  removeAll(key: string): readonly Operation[] {
    const digest = digestOf(key);
    const range = { key: this.#layout.large(digest), rangeEnd: this.#layout.large(digest, '~') };
    return [{ requestDeleteRange: range }];
  }

  /**
   * The value of which `stored` was read. `at`: etcd's revision after which it was there.
   * A copy of its own: `stored` is a piece of a message of many.
   */
  read(key: string, stored: Buffer, at: number): Buffer | Promise<Buffer> {
    if (!stored.subarray(0, MARK.length).equals(MARK)) return Buffer.from(stored);
    const rest = stored.subarray(MARK.length + 1);
    if (stored[MARK.length] === PLAIN) return Buffer.from(rest);
    return this.#join(key, JSON.parse(rest.toString()) as PartList, at);
  }

  async #join(key: string, { id, parts, bytes }: PartList, at: number): Promise<Buffer> {
    const digest = digestOf(key);
    const joined: Buffer[] = [];
    for (let i = 0; i < parts; i++) {
      const { kvs } = await this.#client.range({ key: this.#part(digest, id, i), revision: at });
      if (kvs[0]) joined.push(kvs[0].value);
    }
    const value = Buffer.concat(joined);
    if (value.length !== bytes) {
      throw new StoreIoError(
        `Cannot read ${key} from etcd: ${value.length} of its ${bytes} bytes are there; something else has written below ${this.#layout.prefix}`,
      );
    }
    return value;
  }

  #part(digest: string, id: string, i: number): Buffer {
    return this.#layout.large(digest, `${id}/${String(i).padStart(4, '0')}`);
  }
}

const digestOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 32);

const marked = (kind: number, bytes: Buffer) => Buffer.concat([MARK, Buffer.of(kind), bytes]);
