/**
 * A real cluster for a test: in a network namespace of its own, with its own data directory, made
 * by the same `bin/peapod up` a user runs. Nothing of it touches the host's network, and `close`
 * removes every trace.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandResult } from './transcript.ts';

export interface TestCluster {
  readonly kubeconfig: string;
  readonly dataDir: string;
  /** Runs a shell command in the cluster's network namespace, with kubectl on the PATH. */
  run(command: string, options?: RunOptions): Promise<CommandResult>;
  /** As `run`, but throws unless it ends with 0; gives what it printed. */
  ok(command: string, options?: RunOptions): Promise<string>;
  close(): Promise<void>;
}

export interface RunOptions {
  readonly stdin?: string;
  /** Milliseconds until the command is killed. Absent: 120,000. */
  readonly timeoutMs?: number;
}

const repository = new URL('../..', import.meta.url).pathname;
let serial = 0;

/**
 * @param upFlags for `peapod up`
 * @param prepare runs in the cluster's network namespace before `up`
 */
export async function startCluster(
  upFlags = '',
  prepare?: (run: TestCluster['ok']) => Promise<unknown>,
): Promise<TestCluster> {
  const name = `t${process.pid}-${++serial}`;
  const netns = `peapod-${name}`;
  const folder = mkdtempSync(join(tmpdir(), `peapod-${name}-`));
  const kubeconfig = join(folder, 'kubeconfig');
  const dataDir = join(folder, 'data');
  const peapod = join(repository, 'bin/peapod');
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: `${join(repository, 'test/support/bin')}:${process.env.PATH ?? ''}`,
    PEAPOD: peapod,
    NAME: name,
    DATA_DIR: dataDir,
  };

  const run = (command: string, options: RunOptions = {}): Promise<CommandResult> =>
    new Promise((resolve, reject) => {
      const child = spawn('ip', ['netns', 'exec', netns, 'bash', '-c', command], { env, stdio: 'pipe' });
      let output = '';
      const take = (chunk: Buffer) => {
        output += chunk.toString();
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('error', reject);
      const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 120_000);
      // 'exit', not 'close': what `up` leaves running may have inherited the pipes.
      child.on('exit', code =>
        setImmediate(() => {
          clearTimeout(timer);
          resolve({ output, code: code ?? 1 });
        }),
      );
      child.stdin.on('error', () => {});
      child.stdin.end(options.stdin ?? '');
    });
  const ok = async (command: string, options?: RunOptions): Promise<string> => {
    const { output, code } = await run(command, options);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${output}`);
    return output;
  };
  const host = (command: string) =>
    new Promise<void>((resolve, reject) => {
      const child = spawn('bash', ['-c', command], { stdio: 'inherit' });
      child.on('exit', code => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    });

  await host(`ip netns add ${netns} && ip -n ${netns} link set lo up`);
  const close = async () => {
    try {
      await run(`${peapod} delete --name ${name} --data-dir ${dataDir}`);
    } finally {
      await host(`ip netns delete ${netns}`);
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    await prepare?.(ok);
    await ok(`${peapod} up --name ${name} --data-dir ${dataDir} ${upFlags}`, { timeoutMs: 180_000 });
  } catch (error) {
    await run(`tail -n 40 ${dataDir}/logs/* 2>/dev/null`).then(r => console.error(r.output));
    await close();
    throw error;
  }
  return { kubeconfig, dataDir, run, ok, close };
}
