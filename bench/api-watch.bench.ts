/**
 * Watches of one resource: 200 watchers that all see 500 patches, as upstream was measured, with a
 * selector and without; and what 1,000 idle ones cost.
 */
import type { Report } from './harness.ts';
import { ApiWorld, ofShard, PODS, shardSelector } from './support/api-world.ts';
import { requestBytes } from './support/raw-client.ts';
import { Watchers } from './support/watchers.ts';

const POD_COUNT = 5_000;
const WATCHERS = 200;
const IDLE_WATCHERS = 1_000;
const PATCHES = 500;
const SHARD = 7;
const SHARD_PODS = 100;

export async function run(report: Report): Promise<void> {
  const world = await ApiWorld.start();
  try {
    await world.createPods(POD_COUNT);
    await fanOut(report, world, `${shardSelector(SHARD)}&resourceVersion=0`, 'by label');
    await fanOut(report, world, 'allowWatchBookmarks=true&resourceVersion=0', 'of all pods');
    await idle(report, world);
    report.add({ name: 'memory after that', value: (await world.usage()).memoryBytes / 1e6, unit: 'MB' });
  } finally {
    world.close();
  }
}

async function fanOut(report: Report, world: ApiWorld, query: string, what: string): Promise<void> {
  const watchers = new Watchers();
  await watchers.open(world.target, WATCHERS, `${PODS}?watch=true&timeoutSeconds=300&${query}`);
  await watchers.quiet();
  watchers.latenciesMs.length = 0;
  const before = await world.usage();
  const start = performance.now();
  await patch(world, PATCHES);
  const expected = WATCHERS * PATCHES;
  const until = performance.now() + 30_000;
  while (watchers.latenciesMs.length < expected && performance.now() < until) await wait(5);
  const seconds = (performance.now() - start) / 1000;
  const cpuSeconds = (await world.usage()).cpuSeconds - before.cpuSeconds;
  const sorted = watchers.latenciesMs.sort((a, b) => a - b);
  watchers.close();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  const name = `${WATCHERS} watchers ${what}`;
  report.add({
    name: `${name}: events (${sorted.length} of ${expected})`,
    value: sorted.length / seconds,
    unit: '/s',
  });
  report.add({ name: `${name}: delivery, p50`, value: at(0.5), unit: 'ms' });
  report.add({ name: `${name}: delivery, p99`, value: at(0.99), unit: 'ms' });
  report.add({ name: `${name}: CPU an event`, value: (cpuSeconds / sorted.length) * 1e6, unit: 'µs' });
}

async function idle(report: Report, world: ApiWorld): Promise<void> {
  const before = await world.usage();
  const watchers = new Watchers();
  await watchers.open(
    world.target,
    IDLE_WATCHERS,
    `${PODS}?watch=true&timeoutSeconds=300&labelSelector=none`,
  );
  await wait(2_000);
  const opened = await world.usage();
  const each = (opened.memoryBytes - before.memoryBytes) / IDLE_WATCHERS / 1e3;
  report.add({ name: `${IDLE_WATCHERS} idle watches: memory each`, value: each, unit: 'KB' });
  await wait(5_000);
  const cpu = ((await world.usage()).cpuSeconds - opened.cpuSeconds) / 5;
  report.add({
    name: `${IDLE_WATCHERS} idle watches: CPU`,
    value: Math.max(cpu * 100, 0.01),
    unit: '% of a core',
  });
  watchers.close();
}

async function patch(world: ApiWorld, count: number): Promise<void> {
  await world.load(8, count, 60, i => {
    const sent = (performance.timeOrigin + performance.now()).toFixed(3).padStart(17, '0');
    const body = JSON.stringify({ metadata: { annotations: { 'bench/sent': sent } } });
    return requestBytes('PATCH', `${PODS}/${ofShard(SHARD, i % SHARD_PODS)}`, body, {
      'Content-Type': 'application/merge-patch+json',
    });
  });
}

const wait = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));
