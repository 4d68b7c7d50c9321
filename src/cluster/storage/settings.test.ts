import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatStore, otherStoreFlag, parseStore } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'peapod-store-flags-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => {
  writeFileSync(join(folder, name), name);
  return join(folder, name);
};

test('lmdb and etcd are told apart, and remembered as they were said', () => {
  expect(parseStore('--store', 'lmdb', {})).toBeUndefined();
  const [ca, cert, key] = ['ca', 'cert', 'key'].map(file) as [string, string, string];
  const flags = { 'store-ca': ca, 'store-cert': cert, 'store-key': key, 'store-prefix': '/two' };
  const store = parseStore('--store', 'etcd=https://a:2379,https://[::1]:2380/', flags);
  expect(store).toEqual({
    endpoints: ['https://a:2379', 'https://[::1]:2380'],
    prefix: '/two',
    ca,
    cert,
    key,
  });
  expect(formatStore(store)).toBe('etcd=https://a:2379,https://[::1]:2380 --store-prefix /two');
  expect(otherStoreFlag(store, flags)).toBeUndefined();
  expect(otherStoreFlag(store, {})).toBeUndefined();
  expect(otherStoreFlag(store, { store: 'etcd=https://a:2379,https://[::1]:2380' })).toBeUndefined();
  expect(otherStoreFlag(store, { store: 'lmdb' })).toBe('store');
  expect(otherStoreFlag(store, { 'store-ca': cert })).toBe('store-ca');
  expect(otherStoreFlag(undefined, { 'store-prefix': '/peapod' })).toBe('store-prefix');
});

test.each([
  ['sqlite', {}, 'give lmdb or etcd=URL[,URL]'],
  ['etcd=', {}, '"" is no address of etcd: give https://HOST:PORT'],
  ['etcd=a:2379', {}, 'is no address of etcd'],
  ['etcd=https://a', {}, 'is no address of etcd'],
  ['etcd=https://a:2379/x', {}, 'is no address of etcd'],
  ['etcd=http://a:2379,https://b:2379', {}, 'all URLs with http, or all with https'],
  ['etcd=http://a:2379', { 'store-ca': '/nowhere' }, 'certificates need https'],
  ['etcd=https://a:2379', { 'store-ca': '/nowhere' }, '--store-ca /nowhere cannot be read'],
  ['etcd=https://a:2379', { 'store-key': '/nowhere' }, '--store-cert and --store-key go together'],
  ['etcd=https://a:2379', { 'store-prefix': 'x' }, '--store-prefix: "x" is no prefix'],
  ['lmdb', { 'store-prefix': '/x' }, '--store-prefix is for etcd, and --store is lmdb'],
])('--store %s with %j is refused in one line', (text, flags, message) => {
  expect(() => parseStore('--store', text, flags)).toThrow(message);
});
