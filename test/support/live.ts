/** What tests of command-line clients share: a cluster without containers, and a way to run programs on it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevApiServer } from '../../src/testing/dev-api-server.ts';
import { startLiveCluster } from '../../src/testing/live-cluster.ts';
import type { PodLife } from '../../src/testing/simulated-node.ts';

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
  close(): Promise<void>;
}

export async function startLive(life?: PodLife): Promise<Live> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-live-'));
  const dev = await startLiveCluster(join(dir, 'cluster'), life);
  const run: Live['run'] = (program, args, { stdin, env, timeoutMs = 60_000 } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...args], {
        env: { PATH: process.env['PATH'] ?? '', KUBECONFIG: dev.kubeconfig, HOME: dir, ...env },
        cwd: dir,
        timeout: timeoutMs,
      });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('error', reject);
      child.on('close', code => resolve({ code: code ?? -1, out, err }));
      child.stdin.on('error', () => {});
      child.stdin.end(stdin ?? '');
    });
  return {
    dev,
    dir,
    run,
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
