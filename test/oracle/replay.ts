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
  /** What differs in each of them, a line a place. */
  readonly how: ReadonlyMap<string, string>;
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

export function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

export async function replay(target: ReplayTarget, recording: Recording): Promise<ReplayResult> {
  const results = await Promise.all(
    recording.parts.map((only, i) => replayPart(target, recording.file, only, `${recording.name}-${i}`)),
  );
  const sum = (read: (r: ReplayResult) => number) => results.reduce((n, r) => n + read(r), 0);
  return {
    total: sum(r => r.total),
    equal: sum(r => r.equal),
    differing: results.flatMap(r => r.differing).sort(),
    how: new Map(results.flatMap(r => [...r.how])),
  };
}

interface ReportEntry {
  readonly id: string;
  readonly step: number;
  /** Place, upstream's value, ours. */
  readonly differences: readonly (readonly [string, unknown, unknown])[];
}

/** `run`: in the names of its namespaces, so that no two parts share any. */
async function replayPart(
  target: ReplayTarget,
  file: string,
  only: string,
  run: string,
): Promise<ReplayResult> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-oracle-'));
  try {
    const json = join(dir, 'report.json');
    const server = ['--server', target.url, '--token', target.token];
    const args = ['--show', '0', '--json', json, ...(only ? ['--only', only] : [])];
    const output = await runPython(['test/oracle/replay.py', ...server, ...args, file], { REPLAY_RUN: run });
    const counts = /(\d+) of (\d+) steps equal/.exec(output);
    if (!counts) throw new Error(`Cannot read what replay.py printed: ${output.slice(-2000)}`);
    const report = JSON.parse(await readFile(json, 'utf8')) as readonly ReportEntry[];
    const how = new Map(report.map(entry => [`${entry.id} ${entry.step}`, show(entry)]));
    return { equal: Number(counts[1]), total: Number(counts[2]), differing: [...how.keys()], how };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

const show = ({ differences }: ReportEntry): string =>
  differences
    .map(
      ([place, theirs, ours]) => `${place}: upstream ${JSON.stringify(theirs)}, here ${JSON.stringify(ours)}`,
    )
    .join('\n');

/** Exit status 1 only means that something differs. */
function runPython(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('python3', [...args], { env: { ...process.env, ...env } });
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
