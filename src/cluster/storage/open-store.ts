/** Opens the store a cluster's settings name. */
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Store } from '../../store/contract.ts';
import type { EtcdStoreOptions } from '../../store/etcd/connect.ts';
import { LmdbStore } from '../../store/lmdb/store.ts';
import { type EtcdSettings, readTls, type StoreSettings } from './settings.ts';

export interface StorageOptions {
  readonly store: StoreSettings;
  /** Where LMDB's files are. */
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ClusterStore extends Store {
  /** What is wrong at the moment, for people; undefined while all is well. */
  problem(): string | undefined;
}

/**
 * @throws StoreIoError: it cannot be reached or opened
 * @throws UsageError: a PEM file cannot be read
 */
export async function openStore(options: StorageOptions): Promise<ClusterStore> {
  if (!options.store) return LmdbStore.open({ directory: options.directory });
  // gRPC is loaded by those who need it.
  const { EtcdStore } = await import('../../store/etcd/store.ts');
  return EtcdStore.open(etcdOptions(options.store, options));
}

/** Reads the PEM files. @throws UsageError when one cannot be read */
export function etcdOptions(
  store: EtcdSettings,
  { clock, random }: Pick<StorageOptions, 'clock' | 'random'>,
): EtcdStoreOptions {
  const { endpoints, prefix } = store;
  return { endpoints, prefix, tls: readTls(store), clock, random };
}
