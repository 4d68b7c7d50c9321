/** Where a cluster's state is stored: what the flags say, and what cluster.json remembers. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EtcdTls } from '../../store/etcd/client.ts';
import { DEFAULT_PREFIX, Layout } from '../../store/etcd/layout.ts';
import { type Options, UsageError } from '../cli/command.ts';

/** In etcd. A cluster without it has its state in LMDB, in its data directory. */
export interface EtcdSettings {
  readonly endpoints: readonly string[];
  readonly prefix: string;
  /** Paths of PEM files; read anew at each start. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** undefined: LMDB. */
export type StoreSettings = EtcdSettings | undefined;

/** What goes with a flag that names a store. */
export const ETCD_OPTIONS: Options = {
  'store-ca': { type: 'string', value: 'FILE', help: 'etcd: the authority of its certificates (PEM)' },
  'store-cert': { type: 'string', value: 'FILE', help: 'etcd: the certificate to show (PEM)' },
  'store-key': { type: 'string', value: 'FILE', help: 'etcd: the key of that certificate (PEM)' },
  'store-prefix': {
    type: 'string',
    value: 'PREFIX',
    help: `etcd: what the keys begin with (${DEFAULT_PREFIX})`,
  },
};

type Values = Readonly<Record<string, string | boolean | undefined>>;

/**
 * @param flag where `text` comes from: '--store'
 * @param text 'lmdb' or 'etcd=URL[,URL]'
 * @throws UsageError for what cannot be
 */
export function parseStore(flag: string, text: string, values: Values): StoreSettings {
  const given = Object.keys(ETCD_OPTIONS).filter(name => values[name] !== undefined);
  if (text === 'lmdb') {
    if (given.length > 0) throw new UsageError(`--${given[0]} is for etcd, and ${flag} is lmdb`);
    return undefined;
  }
  if (!text.startsWith('etcd=')) throw new UsageError(`${flag} ${text}: give lmdb or etcd=URL[,URL]`);
  const endpoints = text
    .slice('etcd='.length)
    .split(',')
    .map(url => parseEndpoint(flag, url));
  if (new Set(endpoints.map(url => new URL(url).protocol)).size > 1) {
    throw new UsageError(`${flag} ${text}: give all URLs with http, or all with https`);
  }
  const file = (name: string) => (typeof values[name] === 'string' ? resolve(values[name]) : undefined);
  const [ca, cert, key] = [file('store-ca'), file('store-cert'), file('store-key')];
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('--store-cert and --store-key go together: give both');
  }
  if ((ca || cert) && endpoints[0]?.startsWith('http:')) {
    throw new UsageError(`${flag} ${text}: certificates need https`);
  }
  const prefix = typeof values['store-prefix'] === 'string' ? values['store-prefix'] : DEFAULT_PREFIX;
  try {
    new Layout(prefix);
  } catch (cause) {
    throw new UsageError(`--store-prefix: ${(cause as Error).message}`, { cause });
  }
  const settings = { endpoints, prefix, ...(ca && { ca }), ...(cert && key && { cert, key }) };
  readTls(settings);
  return settings;
}

function parseEndpoint(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && (url.pathname === '/' || url.pathname === '') && !url.search && !url.username;
  if (!isPlain || !['http:', 'https:'].includes(url.protocol) || url.port === '') {
    throw new UsageError(`${flag}: "${text}" is no address of etcd: give https://HOST:PORT`);
  }
  return `${url.protocol}//${url.host}`;
}

/** As a flag would say it. */
export function formatStore(store: StoreSettings): string {
  if (!store) return 'lmdb';
  const where = `etcd=${store.endpoints.join(',')}`;
  return store.prefix === DEFAULT_PREFIX ? where : `${where} --store-prefix ${store.prefix}`;
}

/** Which of the flags that are given says something else than is remembered. */
export function otherStoreFlag(store: StoreSettings, values: Values): string | undefined {
  const remembered: Readonly<Record<string, string | undefined>> = {
    store: store ? `etcd=${store.endpoints.join(',')}` : 'lmdb',
    'store-ca': store?.ca,
    'store-cert': store?.cert,
    'store-key': store?.key,
    'store-prefix': store?.prefix,
  };
  const isFile = (flag: string) => ['store-ca', 'store-cert', 'store-key'].includes(flag);
  return Object.keys(remembered).find(flag => {
    const given = values[flag];
    return typeof given === 'string' && (isFile(flag) ? resolve(given) : given) !== remembered[flag];
  });
}

/** @throws UsageError when a file cannot be read */
export function readTls({ ca, cert, key }: EtcdSettings): EtcdTls {
  const read = (option: string, path: string) => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new UsageError(`--${option} ${path} cannot be read: ${(cause as Error).message}`, { cause });
    }
  };
  return {
    ...(ca && { ca: read('store-ca', ca) }),
    ...(cert && { certificate: read('store-cert', cert) }),
    ...(key && { key: read('store-key', key) }),
  };
}
