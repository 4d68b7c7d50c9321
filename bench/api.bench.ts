/**
 * The API server over TLS on 127.0.0.1, on LMDB, in a process of its own, with 5,000 pods: durable
 * creates, GET and every form of LIST, beside a bare Node TLS server in the same run. The load
 * generator takes the other core; its own ceiling is the bare server's figure.
 */
import type { Report } from './harness.ts';
import { ApiWorld, PODS, PROTOBUF, podName, shardSelector, TABLE } from './support/api-world.ts';
import { requestBytes } from './support/raw-client.ts';

const POD_COUNT = 5_000;

export async function run(report: Report): Promise<void> {
  const world = await ApiWorld.start();
  try {
    const before = await world.usage();
    const created = await world.createPods(POD_COUNT);
    const after = await world.usage();
    report.add({ name: 'create pods, 32 connections, durable', value: created.perSecond, unit: '/s' });
    report.add({ name: 'create pods, p99', value: created.p99Ms, unit: 'ms' });
    const cpuMs = (after.cpuSeconds - before.cpuSeconds) * 1000;
    report.add({ name: 'create pods, CPU each', value: cpuMs / POD_COUNT, unit: 'ms' });
    report.add({ name: 'memory with 5,000 pods', value: after.memoryBytes / 1e6, unit: 'MB' });
    await reads(report, world);
    await writes(report, world);
    report.add({ name: 'memory after that', value: (await world.usage()).memoryBytes / 1e6, unit: 'MB' });
  } finally {
    world.close();
  }
}

async function reads(report: Report, world: ApiWorld): Promise<void> {
  const one = (i: number) => `${PODS}/${podName(i % POD_COUNT)}`;
  const item = await world.once(requestBytes('GET', one(0)));
  const all = await world.once(requestBytes('GET', PODS));
  const floorName = 'bare Node TLS';
  const get = await world.gets(32, 60_000, one);
  report.add({
    name: 'GET one pod, 32 connections',
    value: get.perSecond,
    unit: '/s',
    floor: await world.bare(item.bodyBytes, 1, 32, 60_000),
    floorName,
  });
  const list = await world.gets(4, 400, () => PODS);
  report.add({
    name: 'LIST 5,000 pods, 4 connections',
    value: list.perSecond,
    unit: '/s',
    floor: await world.bare(Math.round(all.bodyBytes / POD_COUNT), POD_COUNT, 4, 400),
    floorName,
  });
  report.add({ name: 'LIST 5,000 pods, bytes', value: list.bytesPerSecond / 1e6, unit: 'MB/s' });
  const byLabel = await world.gets(4, 4_000, () => `${PODS}?${shardSelector(7)}`);
  report.add({ name: 'LIST by label, 100 of 5,000', value: byLabel.perSecond, unit: '/s' });
  const paged = await world.gets(4, 2_000, () => `${PODS}?limit=500`);
  report.add({ name: 'LIST limit=500', value: paged.perSecond, unit: '/s' });
  const table = await world.gets(4, 200, () => PODS, TABLE);
  report.add({ name: 'LIST 5,000 pods as Table', value: table.perSecond, unit: '/s' });
  const first = await world.once(requestBytes('GET', PODS, undefined, PROTOBUF));
  report.add({ name: 'LIST 5,000 pods in protobuf, the first', value: first.ms, unit: 'ms' });
  const protobuf = await world.gets(4, 400, () => PODS, PROTOBUF);
  report.add({ name: 'LIST 5,000 pods in protobuf', value: protobuf.perSecond, unit: '/s' });
  const getProtobuf = await world.gets(32, 30_000, one, PROTOBUF);
  report.add({ name: 'GET one pod in protobuf, 32 connections', value: getProtobuf.perSecond, unit: '/s' });
}

async function writes(report: Report, world: ApiWorld): Promise<void> {
  const at = (i: number, suffix = '') => `${PODS}/${podName(i)}${suffix}`;
  const type = (patch: string) => ({ 'Content-Type': `application/${patch}` });
  const { items } = await world.json<{ items: Item[] }>(PODS);
  await world.writes(report, 'update', i =>
    requestBytes('PUT', at(i), labelled(items[i], 'update'), type('json')),
  );
  const status = JSON.stringify({
    status: {
      phase: 'Running',
      podIP: '10.244.0.7',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    },
  });
  await world.writes(report, 'status patch', i =>
    requestBytes('PATCH', at(i, '/status'), status, type('strategic-merge-patch+json')),
  );
  await world.writes(report, 'server-side apply', i =>
    requestBytes('PATCH', at(i, '?fieldManager=bench&force=true'), applied(i), type('apply-patch+yaml')),
  );
  await world.writes(report, 'delete', i => requestBytes('DELETE', at(i, '?gracePeriodSeconds=0')));
}

interface Item {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

function labelled(item: Item | undefined, step: string): string {
  const metadata = {
    ...item?.metadata,
    labels: { ...item?.metadata.labels, step },
    resourceVersion: undefined,
  };
  return JSON.stringify({ ...item, metadata });
}

/** A configuration that owns a label and an annotation of its own, as a controller's. */
function applied(i: number): string {
  const metadata = { name: podName(i), labels: { step: 'apply' }, annotations: { note: 'applied' } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata });
}
