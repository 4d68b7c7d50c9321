/** A cluster's store as a whole, wherever it is: for copies, snapshots and removal. */
import type { ListResult, Revision } from '../../store/contract.ts';
import { eraseEtcd, fillEtcd, presenceInEtcd, readEtcd } from '../../store/etcd/contents.ts';
import type { Filling, Presence } from '../../store/filling.ts';
import { fillLmdb, isInLmdb, readLmdb } from '../../store/lmdb/contents.ts';
import { etcdOptions, type StorageOptions } from './open-store.ts';

/** Methods throw StoreIoError, one line for a person. */
export interface StoreContents {
  /** Where it is, for people. */
  readonly where: string;
  presence(): Promise<Presence>;
  /** Everything at the newest revision, in key order; the cluster may run. */
  read(): Promise<ListResult>;
  /** Replaces everything; the cluster must not run. @returns the newest revision */
  fill(filling: Filling): Promise<Revision>;
  /** Removes what is not in the cluster's data directory. */
  eraseElsewhere(): Promise<void>;
}

/** Touches nothing until a method is called. */
export function storeContents(options: StorageOptions): StoreContents {
  const { store, directory } = options;
  if (!store) {
    return {
      where: directory,
      presence: async () => (isInLmdb(directory) ? 'there' : 'none'),
      read: () => readLmdb(directory),
      fill: filling => fillLmdb(directory, filling),
      eraseElsewhere: async () => {},
    };
  }
  const etcd = () => etcdOptions(store, options);
  return {
    where: `${store.prefix} in etcd at ${store.endpoints.join(',')}`,
    presence: async () => presenceInEtcd(etcd()),
    read: async () => readEtcd(etcd()),
    fill: async filling => fillEtcd(etcd(), filling),
    eraseElsewhere: async () => eraseEtcd(etcd()),
  };
}
