/**
 * The API server over TLS on 127.0.0.1, on LMDB, in a process of its own: GET, LIST of 5,000 pods,
 * durable creates and watch fan-out, beside a bare Node TLS server in the same run. The load
 * generator takes the other core; its own ceiling is the bare server's figure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from './harness.ts';
import { Child } from './support/child.ts';
import { load, RawConnection, requestBytes, type Target } from './support/raw-client.ts';
import { Watchers } from './support/watchers.ts';

const PODS = '/api/v1/namespaces/default/pods';
const POD_COUNT = 5_000;
const JSON_BODY = { 'Content-Type': 'application/json' };
const NAMES = Array.from({ length: POD_COUNT }, (_, i) => `pod-${String(i).padStart(5, '0')}`);

interface Served {
  readonly port: number;
  readonly admin: { readonly certificate: string; readonly key: string };
}
interface Usage {
  readonly memoryBytes: number;
  readonly cpuSeconds: number;
}

export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'peapod-bench-'));
  const api = new Child('./serve-api.js', [folder]);
  try {
    const { port, admin } = await api.read<Served>();
    const target: Target = { host: '127.0.0.1', port, cert: admin.certificate, key: admin.key };
    await prepare(target);

    const before = await api.ask<Usage>();
    const created = await load({
      target,
      connections: 32,
      count: POD_COUNT,
      maxSeconds: 60,
      request: i => requestBytes('POST', PODS, pod(NAMES[i] ?? ''), JSON_BODY),
    });
    const after = await api.ask<Usage>();
    report.add({ name: 'create pods, 32 connections, durable', value: created.perSecond, unit: '/s' });
    report.add({ name: 'create pods, p99', value: created.p99Ms, unit: 'ms' });
    report.add({
      name: 'create pods, CPU each',
      value: ((after.cpuSeconds - before.cpuSeconds) * 1000) / POD_COUNT,
      unit: 'ms',
    });
    report.add({ name: 'memory with 5,000 pods', value: after.memoryBytes / 1e6, unit: 'MB' });

    const one = await answerBytes(target, `${PODS}/${NAMES[0]}`);
    const all = await answerBytes(target, PODS);
    const bare = await bareServer(folder, one, Math.round(all / POD_COUNT));
    const floor = { floorName: 'bare Node TLS' };
    const get = await gets(target, 32, 30_000, 6, i => `${PODS}/${NAMES[i % POD_COUNT]}`);
    report.add({
      name: 'GET one pod, 32 connections',
      value: get.perSecond,
      unit: '/s',
      floor: bare.get,
      ...floor,
    });
    const list = await gets(target, 4, 400, 8, () => PODS);
    report.add({
      name: 'LIST 5,000 pods, 4 connections',
      value: list.perSecond,
      unit: '/s',
      floor: bare.list,
      ...floor,
    });
    report.add({ name: 'LIST 5,000 pods, bytes', value: list.bytesPerSecond / 1e6, unit: 'MB/s' });
    const byLabel = await gets(target, 4, 2_000, 5, () => `${PODS}?labelSelector=shard%3D7`);
    report.add({ name: 'LIST by label, 100 of 5,000', value: byLabel.perSecond, unit: '/s' });
    const paged = await gets(target, 4, 2_000, 5, () => `${PODS}?limit=500`);
    report.add({ name: 'LIST limit=500', value: paged.perSecond, unit: '/s' });

    await protobuf(report, target);
    await fanOut(report, target);
    report.add({
      name: 'memory after that load',
      value: (await api.ask<Usage>()).memoryBytes / 1e6,
      unit: 'MB',
    });
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first list makes the messages and keeps them; the others pass them on. */
async function protobuf(report: Report, target: Target): Promise<void> {
  const request = (path: string) =>
    requestBytes('GET', path, undefined, { Accept: 'application/vnd.kubernetes.protobuf' });
  const connection = await RawConnection.open(target);
  const start = performance.now();
  const { status, bodyBytes } = await connection.send(request(PODS));
  const firstMs = performance.now() - start;
  connection.close();
  if (status !== 200) throw new Error(`Cannot list in protobuf: ${status}`);
  report.add({ name: 'LIST 5,000 pods in protobuf, the first', value: firstMs, unit: 'ms' });
  report.add({ name: 'LIST 5,000 pods in protobuf, its size', value: bodyBytes / 1e6, unit: 'MB' });
  const list = await load({
    target,
    connections: 4,
    count: 400,
    maxSeconds: 8,
    request: () => request(PODS),
  });
  report.add({ name: 'LIST 5,000 pods in protobuf, 4 connections', value: list.perSecond, unit: '/s' });
  const get = await load({
    target,
    connections: 32,
    count: 30_000,
    maxSeconds: 6,
    request: i => request(`${PODS}/${NAMES[i % POD_COUNT]}`),
  });
  report.add({ name: 'GET one pod in protobuf, 32 connections', value: get.perSecond, unit: '/s' });
}

/** Pods need their namespace's service account, which a controller makes in a whole cluster. */
async function prepare(target: Target): Promise<void> {
  const account = JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  const connection = await RawConnection.open(target);
  const { status } = await connection.send(
    requestBytes('POST', '/api/v1/namespaces/default/serviceaccounts', account, JSON_BODY),
  );
  connection.close();
  if (status !== 201 && status !== 409) throw new Error(`Cannot create the service account: ${status}`);
}

function gets(
  target: Target,
  connections: number,
  count: number,
  maxSeconds: number,
  path: (i: number) => string,
) {
  return load({ target, connections, count, maxSeconds, request: i => requestBytes('GET', path(i)) });
}

async function answerBytes(target: Target, path: string): Promise<number> {
  const connection = await RawConnection.open(target);
  const { bodyBytes } = await connection.send(requestBytes('GET', path));
  connection.close();
  return bodyBytes;
}

async function bareServer(
  folder: string,
  itemBytes: number,
  listItemBytes: number,
): Promise<{ get: number; list: number }> {
  const files = [join(folder, 'pki/apiserver.crt'), join(folder, 'pki/apiserver.key')];
  const measure = async (bytes: number, path: string, connections: number, count: number) => {
    const bare = new Child('./bare-server.js', [...files, String(bytes), String(POD_COUNT)]);
    const { port } = await bare.read<{ port: number }>();
    const result = await gets({ host: '127.0.0.1', port }, connections, count, 6, () => path);
    bare.close();
    return result.perSecond;
  };
  return {
    get: await measure(itemBytes, '/item', 32, 60_000),
    list: await measure(listItemBytes, '/list', 4, 500),
  };
}

const WATCHERS = 200;
const PATCHES = 500;

async function fanOut(report: Report, target: Target): Promise<void> {
  const watchers = new Watchers();
  await watchers.open(
    target,
    WATCHERS,
    `${PODS}?watch=true&resourceVersion=0&labelSelector=shard%3D7&timeoutSeconds=300`,
  );
  // The watches begin with the 100 objects there are; wait until that is through.
  await new Promise(resolve => setTimeout(resolve, 2_000));
  watchers.latenciesMs.length = 0;
  const start = performance.now();
  await load({
    target,
    connections: 8,
    count: PATCHES,
    maxSeconds: 60,
    request: i => {
      const sent = (performance.timeOrigin + performance.now()).toFixed(3).padStart(17, '0');
      const body = JSON.stringify({ metadata: { annotations: { 'bench/sent': sent } } });
      return requestBytes('PATCH', `${PODS}/${NAMES[7 + 50 * (i % 100)]}`, body, {
        'Content-Type': 'application/merge-patch+json',
      });
    },
  });
  const expected = WATCHERS * PATCHES;
  const until = performance.now() + 30_000;
  while (watchers.latenciesMs.length < expected && performance.now() < until)
    await new Promise(resolve => setTimeout(resolve, 5));
  const seconds = (performance.now() - start) / 1000;
  const sorted = watchers.latenciesMs.sort((a, b) => a - b);
  watchers.close();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  report.add({
    name: `watch events to ${WATCHERS} watchers (${sorted.length} of ${expected})`,
    value: sorted.length / seconds,
    unit: '/s',
  });
  report.add({ name: 'watch delivery, p50', value: at(0.5), unit: 'ms' });
  report.add({ name: 'watch delivery, p99', value: at(0.99), unit: 'ms' });
}

/** A pod of the size real ones have: about 1.6 KB once defaulted. Each 50th is in the same shard. */
function pod(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench', shard: String(Number(name.slice(-5)) % 50) } },
    spec: {
      schedulerName: 'none',
      containers: [
        {
          name: 'main',
          image: 'example.test/application:v1.2.3',
          env: [{ name: 'MODE', value: 'production' }],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: '100m', memory: '128Mi' } },
        },
      ],
    },
  });
}
