/**
 * 50,000 pods: lists in every form, and how long the event loop was held while they were made, which
 * is what every other client waits. Memory for 10,000 pods is the difference that 50,000 made.
 */
import type { Report } from './harness.ts';
import { ApiWorld, PODS, PROTOBUF, podName, shardSelector, TABLE } from './support/api-world.ts';
import { requestBytes } from './support/raw-client.ts';

const POD_COUNT = 50_000;

const FORMS = [
  { name: 'JSON', path: PODS, headers: {}, count: 20 },
  { name: 'JSON, limit=500', path: `${PODS}?limit=500`, headers: {}, count: 1_000 },
  { name: 'JSON by label, 1,000 of them', path: `${PODS}?${shardSelector(7)}`, headers: {}, count: 200 },
  { name: 'Table', path: PODS, headers: TABLE, count: 10 },
  { name: 'protobuf', path: PODS, headers: PROTOBUF, count: 20 },
];

export async function run(report: Report): Promise<void> {
  const world = await ApiWorld.start();
  try {
    const before = await world.usage();
    const created = await world.createPods(POD_COUNT);
    report.add({ name: 'create pods, 32 connections', value: created.perSecond, unit: '/s' });
    const after = await world.usage();
    const grown = (after.memoryBytes - before.memoryBytes) / (POD_COUNT / 10_000) / 1e6;
    report.add({ name: 'memory per 10,000 pods', value: grown, unit: 'MB' });
    const get = await world.gets(32, 30_000, i => `${PODS}/${podName(i % POD_COUNT)}`);
    report.add({ name: 'GET one pod, 32 connections', value: get.perSecond, unit: '/s' });
    for (const { name, path, headers, count } of FORMS) {
      // The first of a form may decode or encode every pod once.
      await world.usage();
      const first = await world.once(requestBytes('GET', path, undefined, headers));
      const firstDelay = (await world.usage()).loopDelayP99Ms;
      const { perSecond } = await world.gets(2, count, () => path, headers);
      const { loopDelayP99Ms } = await world.usage();
      report.add({ name: `LIST ${name}: the first`, value: first.ms, unit: 'ms' });
      report.add({ name: `LIST ${name}: event loop delay p99, the first`, value: firstDelay, unit: 'ms' });
      report.add({ name: `LIST ${name}: 2 connections`, value: perSecond, unit: '/s' });
      report.add({ name: `LIST ${name}: event loop delay p99`, value: loopDelayP99Ms, unit: 'ms' });
    }
    report.add({ name: 'memory after that', value: (await world.usage()).memoryBytes / 1e6, unit: 'MB' });
  } finally {
    world.close();
  }
}
