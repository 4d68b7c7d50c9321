/**
 * Plays recorded requests against a running API server through replay.py, and says which steps
 * differ: `<scenario id> <step>`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ReplayTarget {
  readonly url: string;
  /** Bearer token of a cluster administrator. */
  readonly token: string;
}

export interface ReplayResult {
  readonly total: number;
  readonly equal: number;
  /** Sorted. */
  readonly differing: readonly string[];
}

/** A recording, in parts that are played side by side: some wait for watches to end. */
export interface Recording {
  readonly name: string;
  readonly file: string;
  /** Regular expressions of scenario ids. */
  readonly parts: readonly string[];
}

export const recordings: readonly Recording[] = [
  {
    name: 'machinery',
    file: 'test/oracle/machinery.jsonl',
    parts: ['^(watch|paths)/', '^(list|lifecycle)/', '^(patch|content|subresources|apply)/'],
  },
  { name: 'objects', file: 'test/oracle/objects.jsonl', parts: [''] },
];

/** replay.py names its namespaces by tenths of a second: two runs must not begin in the same one. */
const STAGGER_MS = 250;

export function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

export async function replay(target: ReplayTarget, recording: Recording): Promise<ReplayResult> {
  const parts = recording.parts.map(async (only, i) => {
    await new Promise(resolve => setTimeout(resolve, i * STAGGER_MS));
    return await replayPart(target, recording.file, only);
  });
  const results = await Promise.all(parts);
  const sum = (read: (r: ReplayResult) => number) => results.reduce((n, r) => n + read(r), 0);
  return {
    total: sum(r => r.total),
    equal: sum(r => r.equal),
    differing: results.flatMap(r => r.differing).sort(),
  };
}

interface ReportEntry {
  readonly id: string;
  readonly step: number;
}

async function replayPart(target: ReplayTarget, file: string, only: string): Promise<ReplayResult> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-oracle-'));
  try {
    const json = join(dir, 'report.json');
    const server = ['--server', target.url, '--token', target.token];
    const args = ['--show', '0', '--json', json, ...(only ? ['--only', only] : [])];
    const output = await run('python3', ['test/oracle/replay.py', ...server, ...args, file]);
    const counts = /(\d+) of (\d+) steps equal/.exec(output);
    if (!counts) throw new Error(`Cannot read what replay.py printed: ${output.slice(-2000)}`);
    const report = JSON.parse(await readFile(json, 'utf8')) as readonly ReportEntry[];
    const differing = report.map(({ id, step }) => `${id} ${step}`);
    return { equal: Number(counts[1]), total: Number(counts[2]), differing };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Exit status 1 only means that something differs. */
function run(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args]);
    let output = '';
    const collect = (chunk: unknown) => {
      output += String(chunk);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}
