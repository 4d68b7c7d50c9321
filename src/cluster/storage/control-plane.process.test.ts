// The API server with its store in etcd, opened as the server process does.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { CONFIG_MAPS } from '../../client/resources.ts';
import { EtcdClient } from '../../store/etcd/client.ts';
import { call } from '../../testing/api-requests.ts';
import { type EtcdServer, skipWithoutEtcd, startEtcd } from '../../testing/programs/etcd-server.ts';
import { startTcpProxy, type TcpProxy } from '../../testing/programs/tcp-proxy.ts';
import { ensureClusterCertificates } from '../certificates/cluster-certificates.ts';
import { type ControlPlane, openControlPlane } from '../server/control-plane.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>(done => {
    server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
  });
  await new Promise(done => server.close(done));
  return port;
}

describe.skipIf(skipWithoutEtcd())('an API server on etcd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'peapod-on-etcd-'));
  let etcd: EtcdServer;
  let proxy: TcpProxy;
  let stranger: EtcdClient;
  let plane: ControlPlane;

  const open = async () =>
    openControlPlane({
      settings: {
        name: 'test',
        port: await freePort(),
        nodeName: 'node',
        serviceCidr: '10.96.0.0/16',
        kubeletPort: 10250,
        kubernetesIp: '10.96.0.1',
        dnsIp: '10.96.0.10',
        podCidr: '10.244.0.0/24',
        clusterDomain: 'cluster.local',
        bridge: 'none',
        store: { endpoints: [`http://127.0.0.1:${proxy.port}`], prefix: '/peapod' },
      },
      storeDir: join(folder, 'store'),
      certificates: await ensureClusterCertificates({
        dir: join(folder, 'pki'),
        dnsNames: ['localhost'],
        ipAddresses: ['127.0.0.1'],
        nowMs: systemClock.now(),
      }),
      nodeAddress: '192.0.2.1',
      streams: () => undefined,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    });
  beforeAll(async () => {
    etcd = await startEtcd();
    proxy = await startTcpProxy(Number(new URL(etcd.url).port));
    stranger = new EtcdClient({ endpoints: [etcd.url], clock: systemClock, timeoutMs: 10_000 });
    plane = await open();
  });
  afterAll(async () => {
    await plane?.close();
    stranger?.close();
    await proxy?.close();
    await etcd?.close();
    rmSync(folder, { recursive: true });
  });

  const maps = () => plane.client('test').resource<KubeObject>(CONFIG_MAPS);
  const create = (name: string) =>
    maps().create({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name, namespace: 'default' },
    } as KubeObject);
  const compactByOthers = async () => {
    const put = { requestPut: { key: Buffer.from('/other'), value: Buffer.from('x') } };
    const { header } = await stranger.txn({ compare: [], success: [put], failure: [] });
    await stranger.compact(header.revision);
  };
  const until = async (condition: () => boolean) => {
    for (let i = 0; i < 400 && !condition(); i++) await sleep(systemClock, 25);
    expect(condition()).toBe(true);
  };

  test('keeps what it stores when it is opened anew', async () => {
    const { metadata } = await create('kept');
    await plane.close();
    plane = await open();
    const found = await call(plane.api, 'GET', `${PATH}/kept`);
    expect([found.status, found.json.metadata.resourceVersion]).toEqual([200, metadata.resourceVersion]);
  });

  test('answers 410 for what somebody else has compacted', async () => {
    // From before the server was opened: what is younger it still has in memory.
    const old = Number((await call(plane.api, 'GET', `${PATH}/kept`)).json.metadata.resourceVersion) - 1;
    const newer = (await create('newer')).metadata.resourceVersion as string;
    const exact = `${PATH}?resourceVersion=${old}&resourceVersionMatch=Exact`;
    expect((await call(plane.api, 'GET', exact)).status).toBe(200);
    await compactByOthers();
    const other = `/api/v1/namespaces?resourceVersion=${old}&resourceVersionMatch=Exact`;
    const list = await call(plane.api, 'GET', other);
    expect([list.status, list.json.reason]).toEqual([410, 'Expired']);
    const watch = await call(plane.api, 'GET', `${PATH}?watch=1&resourceVersion=${old}&timeoutSeconds=1`);
    expect(watch.text).toContain('too old resource version');
    expect(plane.health().healthy).toBe(true);
    const now = await call(plane.api, 'GET', PATH);
    expect(Number(now.json.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(newer));
  });

  test('reads everything again when it was cut off and the past is gone, and its watches end', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const { resourceVersion } = await maps().list({ namespace: 'default' });
    const watching = (async () => {
      for await (const event of maps().watch({
        namespace: 'default',
        resourceVersion,
        signal: stop.signal,
      })) {
        if (event.type === 'ADDED') seen.push(event.object.metadata.name as string);
      }
    })();
    await create('seen');
    await until(() => seen.includes('seen'));
    proxy.cut();
    await until(() => !plane.health().healthy);
    const key = Buffer.from('/peapod/registry/core/configmaps/default/behind-its-back');
    const model = await stranger.range({ key: Buffer.from('/peapod/registry/core/configmaps/default/seen') });
    const text = model.kvs[0]?.value.toString().replace('"seen"', '"behind-its-back"') as string;
    const put = { requestPut: { key, value: Buffer.from(text) } };
    await stranger.txn({ compare: [], success: [put], failure: [] });
    await compactByOthers();
    proxy.restore();
    await watching;
    await until(() => plane.health().healthy);
    const resumed = await call(
      plane.api,
      'GET',
      `${PATH}?watch=1&resourceVersion=${resourceVersion}&timeoutSeconds=1`,
    );
    expect(resumed.text).toContain('too old resource version');
    const status = async () => (await call(plane.api, 'GET', `${PATH}/behind-its-back`)).status;
    for (let i = 0; i < 400 && (await status()) !== 200; i++) await sleep(systemClock, 25);
    expect(await status()).toBe(200);
    const list = await call(plane.api, 'GET', PATH);
    expect(list.json.items?.map(item => item.metadata.name)).toContain('behind-its-back');
    await create('afterwards');
    expect((await call(plane.api, 'GET', `${PATH}/afterwards`)).status).toBe(200);
    stop.abort();
  });

  test('waits with a write while etcd is away, says so in readyz, and does it when it is back', async () => {
    proxy.cut();
    await until(() => !plane.health().healthy);
    const ready = await call(plane.api, 'GET', '/readyz?verbose');
    expect(ready.text).toContain('[-]store');
    const waiting = create('waited');
    proxy.restore();
    await waiting;
    await until(() => plane.health().healthy);
  });

  test('tells a client that etcd stays away instead of leaving it waiting; reads go on', async () => {
    proxy.cut();
    await until(() => !plane.health().healthy);
    const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'too-late' } };
    const refused = await call(plane.api, 'POST', PATH, {
      headers: { 'content-type': 'application/json' },
      body: map,
    });
    expect(refused.json).toMatchObject({ kind: 'Status', code: 500, reason: 'InternalError' });
    expect(refused.json.message).toMatch(/etcd/);
    expect((await call(plane.api, 'GET', `${PATH}/kept`)).status).toBe(200);
    proxy.restore();
    await until(() => plane.health().healthy);
    expect((await call(plane.api, 'GET', `${PATH}/too-late`)).status).toBe(404);
  });
});
