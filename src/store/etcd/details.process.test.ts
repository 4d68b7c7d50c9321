// What is etcd's alone: addresses and certificates, history beyond what is kept, values in parts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { createAuthority, issue } from '../../cluster/certificates/authority.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { type Revision, revision, type StoreEvent } from '../contract.ts';
import { EtcdClient, type EtcdTls } from './client.ts';
import type { EtcdStoreOptions } from './connect.ts';
import { EtcdStore } from './store.ts';

const bytes = (text: string) => Buffer.from(text);
const options = (over: Partial<EtcdStoreOptions>): EtcdStoreOptions => ({
  endpoints: [],
  clock: systemClock,
  random: systemRandom,
  ...over,
});
const reasonOf = (opening: Promise<EtcdStore>) =>
  opening.then(
    store => store.close().then(() => 'it opened'),
    (error: Error) => `${error.name}: ${error.message}`,
  );

test('where nothing listens, one line says so', async () => {
  expect(
    await reasonOf(EtcdStore.open(options({ endpoints: ['http://127.0.0.1:1'], timeoutMs: 200 }))),
  ).toMatch(/^StoreIoError: Cannot reach etcd at http:\/\/127\.0\.0\.1:1: nothing listens there \([^\n]+\)$/);
});

test('a prefix that cannot be is refused', async () => {
  for (const prefix of ['', '/', 'x', '/a/b', '/a.b']) {
    const endpoints = ['http://127.0.0.1:1'];
    expect(await reasonOf(EtcdStore.open(options({ endpoints, prefix })))).toContain('is no prefix for etcd');
  }
});

describe.skipIf(skipWithoutEtcd())('the etcd store', () => {
  let server: EtcdServer;
  let raw: EtcdClient;
  let address: EtcdStoreOptions;
  let stores = 0;
  const opened: EtcdStore[] = [];
  beforeAll(async () => {
    server = await startEtcd();
    raw = new EtcdClient({ endpoints: [server.url], clock: systemClock, timeoutMs: 10_000 });
  });
  afterAll(async () => {
    raw?.close();
    await server?.close();
  });
  beforeEach(() => {
    address = options({ endpoints: [server.url], prefix: `/d${stores++}` });
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });
  const open = async (over: Partial<EtcdStoreOptions> = {}) => {
    const store = await EtcdStore.open({ ...address, ...over });
    opened.push(store);
    return store;
  };
  const eventsAfter = async (store: EtcdStore, from: Revision, prefix = '') => {
    const events: StoreEvent[] = [];
    const watch = await store.watch({ prefix, from, onEvents: batch => void events.push(...batch) });
    return { events, watch };
  };

  test('is asked at the next address when one does not answer', async () => {
    const store = await open({ endpoints: ['http://127.0.0.1:1', server.url] });
    expect(await store.create('/a', bytes('1'))).toBe(1);
  });

  test('keeps what is stored readable by etcdctl', async () => {
    const store = await open();
    await store.create('/registry/core/pods/default/web', bytes('{"kind":"Pod"}'));
    const { kvs } = await raw.range({ key: bytes(`${address.prefix}/registry/core/pods/default/web`) });
    expect(kvs[0]?.value.toString()).toBe('{"kind":"Pod"}');
  });

  test('gives history from long before it was opened, and goes on live', async () => {
    const before = await open();
    for (let round = 0; round < 13; round++) {
      const keys = Array.from({ length: 100 }, (_, i) => `/${i % 2}/${round}.${i}`);
      await Promise.all(keys.map(key => before.create(key, bytes(key))));
    }
    await before.delete('/0/3.0', (await before.get('/0/3.0'))?.modRevision as Revision);
    const all = (await eventsAfter(before, revision(0))).events;
    expect(all.map(e => e.revision)).toEqual(Array.from({ length: 1301 }, (_, i) => i + 1));
    await before.close();

    const store = await open();
    for (const [from, prefix] of [
      [0, ''],
      [150, '/1/'],
      [1299, ''],
    ] as const) {
      const { events, watch } = await eventsAfter(store, revision(from), prefix);
      expect(events.filter(e => e.revision <= 1301)).toEqual(
        all.filter(e => e.revision > from && e.key.startsWith(prefix)),
      );
      const at = await store.create(`/1/live-${from}`, bytes('x'));
      expect(events.at(-1)?.revision).toBe(at);
      watch.stop();
    }
  });

  test('gives history where somebody else wrote last', async () => {
    const before = await open();
    const at = await before.create('/a', bytes('1'));
    await before.close();
    const put = { requestPut: { key: bytes('/other'), value: bytes('x') } };
    const others = Array.from({ length: 1100 }, () => raw.txn({ compare: [], success: [put], failure: [] }));
    await Promise.all(others);
    const store = await open();
    expect(store.currentRevision()).toBeGreaterThan(at);
    const { events } = await eventsAfter(store, revision(0));
    expect(events.map(e => e.key)).toEqual(['/a']);
    await store.create('/b', bytes('1'));
    expect(events.map(e => e.key)).toEqual(['/a', '/b']);
  });

  test('keeps values in parts while the key has them, and in its history', async () => {
    const store = await open();
    const large = (fill: number) => Buffer.alloc(2_500_000, fill);
    const parts = async () =>
      (
        await raw.range({
          key: bytes(`${address.prefix}.large/`),
          rangeEnd: bytes(`${address.prefix}.large0`),
          countOnly: true,
        })
      ).count;
    const { events } = await eventsAfter(store, revision(0));
    const created = await store.create('/big', large(1));
    expect(await parts()).toBe(3);
    await expect(store.create('/big', large(2))).rejects.toThrow('Cannot create /big');
    await expect(store.update('/big', large(2), revision(1))).rejects.toThrow('Cannot write /big');
    expect(await parts()).toBe(3);
    const updated = await store.update('/big', large(3), created);
    expect(await parts()).toBe(3);
    const shrunk = await store.update('/big', bytes('small'), updated);
    expect(await parts()).toBe(0);
    const grown = await store.update('/big', large(4), shrunk);
    const other = await store.create('/other', large(5));
    await store.delete('/big', grown);
    expect(await parts()).toBe(3);
    expect((await store.get('/big', created))?.value.equals(large(1))).toBe(true);
    expect((await store.list({ prefix: '', revision: updated })).entries[0]?.value.equals(large(3))).toBe(
      true,
    );
    const fills = (given: readonly StoreEvent[]) => given.map(e => [e.type, e.value[0], e.value.length]);
    expect(fills(events)).toEqual([
      ['put', 1, 2_500_000],
      ['put', 3, 2_500_000],
      ['put', 's'.charCodeAt(0), 5],
      ['put', 4, 2_500_000],
      ['put', 5, 2_500_000],
      ['delete', 4, 2_500_000],
    ]);
    await store.close();
    const again = await open();
    expect((await again.get('/other'))?.modRevision).toBe(other);
    expect(fills((await eventsAfter(again, revision(0))).events)).toEqual(fills(events));
  });

  test('keeps values apart that look like its own marks', async () => {
    const store = await open();
    const values = ['\0peapod', '\0peapodp{"id":"x","parts":1,"bytes":1}', '\0peapodvx', '\0pea'];
    for (const [i, value] of values.entries()) await store.create(`/m${i}`, bytes(value));
    expect((await store.list({ prefix: '' })).entries.map(e => e.value.toString())).toEqual(values);
  });

  test('begins after the revision it is told when it is made, and only then', async () => {
    const store = await open({ first: revision(5000) });
    expect([store.currentRevision(), store.compactedRevision()]).toEqual([5000, 5000]);
    expect(await store.create('/a', bytes('1'))).toBe(5001);
    await expect(store.get('/a', revision(4999))).rejects.toThrow('compacted');
    await expect(store.update('/b', bytes('1'), revision(0))).rejects.toThrow('it does not exist');
    await store.close();
    expect((await open({ first: revision(9000) })).currentRevision()).toBe(5001);
  });

  test('is not opened when another version has made it', async () => {
    const put = {
      requestPut: { key: bytes(`${address.prefix}.meta`), value: bytes('{"format":2,"first":0}') },
    };
    await raw.txn({ compare: [], success: [put], failure: [] });
    expect(await reasonOf(open())).toMatch(/^StoreIoError: [^\n]+ has format 2, this Peapod knows 1$/);
  });
});

describe.skipIf(skipWithoutEtcd())('over TLS, etcd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peapod-etcd-tls-'));
  let server: EtcdServer;
  let tls: Required<EtcdTls>;
  beforeAll(async () => {
    const nowMs = Date.now();
    const validForMs = 3_600_000;
    const authority = await createAuthority('etcd-ca', nowMs, validForMs);
    const shown = await issue(authority, {
      commonName: 'etcd',
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
      nowMs,
      validForMs,
    });
    const client = await issue(authority, { commonName: 'peapod', usage: 'client', nowMs, validForMs });
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    server = await startEtcd({
      tls: {
        certificate: file('server.crt', shown.certificate),
        key: file('server.key', shown.key),
        clientCa: file('ca.crt', authority.certificate),
      },
    });
    tls = {
      ca: bytes(authority.certificate),
      certificate: bytes(client.certificate),
      key: bytes(client.key),
    };
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  });
  const open = (given: EtcdTls, url = server.url, timeoutMs = 500) =>
    EtcdStore.open(options({ endpoints: [url], tls: given, timeoutMs }));

  test('is used by who shows a certificate', async () => {
    const store = await open(tls, server.url, 10_000);
    await store.create('/a', bytes('1'));
    expect((await store.get('/a'))?.value.toString()).toBe('1');
    await store.close();
  });

  test.each([
    ['of an unknown authority', () => open({}), /the certificates do not fit/],
    [
      'that shows a certificate for another name',
      () => open(tls, server.url.replace('127.0.0.1', 'localhost')),
      /do not fit/,
    ],
    ['without a certificate to show', () => open({ ca: tls.ca }), /Cannot reach etcd at https:/],
    ['spoken to in plain', () => open({}, server.url.replace('https', 'http')), /Cannot reach etcd at http:/],
    [
      'with a certificate that is none',
      () => open({ ...tls, certificate: bytes('x') }),
      /Cannot use the certificates/,
    ],
  ])('%s is refused in one line', async (_, opening, message) => {
    const reason = await reasonOf(opening());
    expect(reason).toMatch(/^StoreIoError: [^\n]+$/);
    expect(reason).toMatch(message);
  });
});
