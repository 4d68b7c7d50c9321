/** What tests of command-line clients share: a cluster without containers, and a way to run programs on it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevApiServer } from '../../src/testing/dev-api-server.ts';
import { startLiveCluster } from '../../src/testing/live-cluster.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed. Absent: 60,000. */
  readonly timeoutMs?: number;
}

export interface Live {
  readonly dev: DevApiServer;
  /** A directory of the test's own. */
  readonly dir: string;
  /** Runs a program with the cluster's kubeconfig. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same, and gives what it printed. @throws Error unless it ends with 0 */
  ok(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts a program that goes on, until `stop`. */
  watch(program: string, args: readonly string[]): Watching;
  close(): Promise<void>;
}

export interface Watching {
  /** Waits until it has printed that; gives all it has printed. @throws Error after 20 s */
  until(text: string): Promise<string>;
  stop(): void;
}

const PATIENCE_MS = 20_000;

/** @param start makes the cluster, in a directory. Absent: one with controllers and pods that live. */
export async function startLive(
  start: (dir: string) => Promise<DevApiServer> = startLiveCluster,
): Promise<Live> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-live-'));
  const dev = await start(join(dir, 'cluster'));
  const environment = () => ({ PATH: process.env['PATH'] ?? '', KUBECONFIG: dev.kubeconfig, HOME: dir });
  const run: Live['run'] = (program, args, { stdin, env, timeoutMs = 60_000 } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...args], {
        env: { ...environment(), ...env },
        cwd: dir,
        timeout: timeoutMs,
      });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      child.on('error', reject);
      child.on('close', code => resolve({ code: code ?? -1, out, err }));
      child.stdin.on('error', () => {});
      child.stdin.end(stdin ?? '');
    });
  const watch: Live['watch'] = (program, args) => {
    const child = spawn(program, [...args], {
      env: environment(),
      cwd: dir,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let look = () => {};
    const take = (text: string) => {
      printed += text;
      look();
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    return {
      until: text =>
        new Promise((resolve, reject) => {
          const late = setTimeout(
            () => reject(new Error(`${text} did not come; printed: ${printed}`)),
            PATIENCE_MS,
          );
          look = () => {
            if (!printed.includes(text)) return;
            clearTimeout(late);
            resolve(printed);
          };
          look();
        }),
      stop: () => void child.kill(),
    };
  };
  return {
    dev,
    dir,
    run,
    watch,
    async ok(program, args, options) {
      const { code, out, err } = await run(program, args, options);
      if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${err}${out}`);
      return out;
    },
    async close() {
      await dev.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
