/**
 * A whole cluster with real containers, in a network namespace of its own: time to Ready, memory and
 * CPU idle, pod start and delete beside bare CRI calls on the same containerd. Needs root.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Report } from './harness.ts';
import { clusterUsage } from './support/processes.ts';

const execute = promisify(execFile);
const repository = new URL('../..', import.meta.url).pathname;
const IDLE_SECONDS = 30;
const MB = 1e6;

export async function run(report: Report): Promise<void> {
  const name = `bench${process.pid}`;
  const netns = `peapod-${name}`;
  const folder = mkdtempSync(join(tmpdir(), 'peapod-bench-'));
  const dataDir = join(folder, 'data');
  const kubeconfig = join(folder, 'kubeconfig');
  const inside = (...command: string[]) =>
    execute('ip', ['netns', 'exec', netns, ...command], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      maxBuffer: 1 << 26,
    });
  const peapod = (command: string) =>
    inside(process.execPath, join(repository, 'bin/peapod'), command, '--name', name, '--data-dir', dataDir);
  const support = (script: string, ...args: string[]) =>
    inside(process.execPath, join(repository, 'dist/bench/support', script), kubeconfig, ...args);

  await execute('ip', ['netns', 'add', netns]);
  await execute('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
  try {
    report.add({
      name: 'up to Ready, first time (images made or cached)',
      value: await seconds(() => peapod('up')),
      unit: 's',
    });
    await peapod('down');
    report.add({ name: 'up to Ready, images there', value: await seconds(() => peapod('up')), unit: 's' });
    await idle(report, dataDir, 'no pods');
    for (const count of [20, 50]) {
      await support('idle-pods.js', String(count));
      await idle(report, dataDir, `${count} idle pods`);
    }
    await support('idle-pods.js', '0');
    await wait(5);
    const { stdout } = await support('pod-timings.js', join(dataDir, 'containerd/containerd.sock'));
    timings(report, JSON.parse(stdout) as Timings);
  } finally {
    await peapod('delete').catch((error: unknown) => console.error(error));
    await execute('ip', ['netns', 'delete', netns]);
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Timings {
  readonly bare: { readonly start: readonly number[]; readonly stop: readonly number[] };
  readonly ours: { readonly start: readonly number[]; readonly stop: readonly number[] };
  readonly stubborn: readonly number[];
  readonly burstSeconds: number;
}

function timings(report: Report, { bare, ours, stubborn, burstSeconds }: Timings): void {
  const floor = { floorName: 'bare CRI' };
  report.add({
    name: 'pod start, p50',
    value: at(ours.start, 0.5),
    unit: 'ms',
    floor: at(bare.start, 0.5),
    ...floor,
  });
  report.add({
    name: 'pod start, p90',
    value: at(ours.start, 0.9),
    unit: 'ms',
    floor: at(bare.start, 0.9),
    ...floor,
  });
  report.add({
    name: 'pod delete (obeys TERM), p50',
    value: at(ours.stop, 0.5),
    unit: 'ms',
    floor: at(bare.stop, 0.5),
    ...floor,
  });
  report.add({
    name: 'pod delete beyond 1 s grace (ignores TERM), p50',
    value: at(stubborn, 0.5) - 1000,
    unit: 'ms',
  });
  report.add({
    name: 'burst of 30 pods, all Ready',
    value: burstSeconds,
    unit: 's',
    floor: (30 * at(bare.start, 0.5)) / 1000,
    floorName: '30 × bare CRI',
  });
}

async function idle(report: Report, dataDir: string, what: string): Promise<void> {
  await wait(10);
  const before = clusterUsage(dataDir);
  await wait(IDLE_SECONDS);
  const after = clusterUsage(dataDir);
  for (const part of ['peapod', 'containerd'] as const) {
    report.add({ name: `${what}: ${part} memory`, value: after[part].memoryBytes / MB, unit: 'MB' });
    const cpu = (after[part].cpuSeconds - before[part].cpuSeconds) / IDLE_SECONDS;
    report.add({ name: `${what}: ${part} CPU`, value: Math.max(cpu * 100, 0.001), unit: '% of a core' });
  }
}

const wait = (s: number) => new Promise<void>(resolve => setTimeout(resolve, s * 1000));

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
