/** Writes as etcd's transactions: if the key is as expected then write, else tell what is there. */
import { type Entry, KeyExistsError, type Revision, RevisionConflictError } from '../contract.ts';
import type { Connection } from './connect.ts';
import type { Compare, Header, Operation, TxnRequest } from './messages.ts';

/** What etcd has decided: it is so, whatever happens afterwards. */
export interface Committed {
  readonly header: Header;
  /** The revision the write got, or why it was refused. */
  readonly outcome: Revision | KeyExistsError | RevisionConflictError;
}

interface Attempt {
  readonly header: Header;
  readonly written: boolean;
  /** Where it was not written. */
  readonly found: Entry | undefined;
}

/** Methods throw what EtcdClient throws. */
export class Transactions {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async create(key: string, value: Buffer): Promise<Committed> {
    const absent = { target: 'CREATE', key: this.#connection.layout.keyOf(key), createRevision: 0 } as const;
    for (;;) {
      const attempt = await this.#put(key, value, absent, true);
      if (attempt.found) return { header: attempt.header, outcome: new KeyExistsError(attempt.found) };
      if (attempt.written) return this.#done(attempt.header);
      // The key is not there, and yet: a deletion took the new value's parts along. Once more.
    }
  }

  async update(key: string, value: Buffer, expected: Revision): Promise<Committed> {
    for (;;) {
      const { header, written, found } = await this.#put(key, value, this.#unchanged(key, expected), false);
      if (written) return this.#done(header);
      // As expected, and yet not written: see `create`.
      if (found?.modRevision !== expected) {
        return { header, outcome: new RevisionConflictError(key, expected, found) };
      }
    }
  }

  async delete(key: string, expected: Revision): Promise<Committed> {
    const { layout, large } = this.#connection;
    const { header, written, found } = await this.#attempt(key, {
      compare: [this.#unchanged(key, expected)],
      success: [{ requestDeleteRange: { key: layout.keyOf(key) } }, ...large.removeAll(key)],
    });
    return written
      ? this.#done(header)
      : { header, outcome: new RevisionConflictError(key, expected, found) };
  }

  /** Writes something that means nothing. @returns its revision */
  async tick(): Promise<Revision> {
    const { client, layout, numbering } = this.#connection;
    const put = { requestPut: { key: layout.tick, value: Buffer.alloc(0) } };
    const { header } = await client.txn({ compare: [], success: [put], failure: [] }, true);
    return numbering.ours(header.revision);
  }

  #done(header: Header): Committed {
    return { header, outcome: this.#connection.numbering.ours(header.revision) };
  }

  #unchanged(key: string, expected: Revision): Compare {
    const { layout, numbering } = this.#connection;
    return { target: 'MOD', key: layout.keyOf(key), modRevision: numbering.theirs(expected) };
  }

  async #put(key: string, value: Buffer, compare: Compare, isNew: boolean): Promise<Attempt> {
    const { layout, large } = this.#connection;
    const staged = await large.stage(key, value, isNew);
    const put: Operation = { requestPut: { key: layout.keyOf(key), value: staged.stored } };
    const attempt = await this.#attempt(key, {
      compare: [compare, ...staged.compare],
      success: [...staged.cleanUp, put],
    });
    if (!attempt.written) await large.discard(key, staged);
    return attempt;
  }

  async #attempt(key: string, { compare, success }: Omit<TxnRequest, 'failure'>): Promise<Attempt> {
    const { client, layout, reader } = this.#connection;
    const failure = [{ requestRange: { key: layout.keyOf(key) } }];
    const { header, succeeded, responses } = await client.txn({ compare, success, failure });
    const kv = succeeded ? undefined : responses[0]?.responseRange?.kvs[0];
    return { header, written: succeeded, found: kv && (await reader.entryOf(kv, header.revision)) };
  }
}
