/**
 * The server as a background process: started detached, told about through messages until it is
 * ready, found again by its pid file.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { type ProcessId, readPidFile, stopProcess } from '../host/processes.ts';
import type { ClusterPaths } from '../layout.ts';

/** What the server tells whoever started it. */
export type ServerMessage =
  | { readonly type: 'step'; readonly text: string }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string };

export interface StartServerOptions {
  readonly name: string;
  readonly paths: ClusterPaths;
  readonly onStep: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A young generation of at most 16 MB, whatever Node's default is. Measured with 20 idle pods: 113 MB
 * resident, 107 with 8 MB; but with 4 MB creating pods took a fifth more CPU, as answers under way
 * were copied out of it again and again.
 *
 * The old one is collected when it has grown by half. Left to itself V8 lets it grow fourfold: 65 MB of
 * objects became 220 before it looked, and it does not look while nothing more is asked.
 */
export const SERVER_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=50'];

const LOG_TAIL_CHARACTERS = 800;
/** Controllers and the store finish what they are at; containers are not waited for. */
const STOP_GRACE_MS = 20_000;

/** Resolves when the node is Ready; the server then goes on by itself. @throws Error with the reason */
export async function startServer({ name, paths, onStep, signal }: StartServerOptions): Promise<void> {
  await mkdir(paths.logs, { recursive: true });
  const output = openSync(serverLog(paths), 'a');
  const program = process.argv[1] ?? '';
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...SERVER_FLAGS, program, 'server', '--name', name, '--data-dir', paths.dataDir],
    { detached: true, stdio: ['ignore', output, output, 'ipc'], cwd: '/' },
  );
  closeSync(output);
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: ServerMessage) => {
        if (message.type === 'step') onStep(message.text);
        else if (message.type === 'ready') resolve();
        else reject(new Error(message.message));
      });
      child.on('error', reject);
      child.on('exit', code => reject(new Error(`the server ended with ${code}: ${logTail(paths)}`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    if (child.connected) child.disconnect();
    child.removeAllListeners();
    child.unref();
  }
}

export function runningServer(paths: ClusterPaths): Promise<ProcessId | undefined> {
  return readPidFile(paths.serverPid);
}

/** Ends the server; pods go on running. @returns whether it ran */
export async function stopServer(paths: ClusterPaths, clock: Clock): Promise<boolean> {
  const id = await runningServer(paths);
  if (!id) return false;
  await stopProcess(id, { clock, graceMs: STOP_GRACE_MS });
  return true;
}

const serverLog = (paths: ClusterPaths) => join(paths.logs, 'server.log');

function logTail(paths: ClusterPaths): string {
  try {
    return readFileSync(serverLog(paths), 'utf8')
      .trim()
      .slice(-LOG_TAIL_CHARACTERS)
      .split('\n')
      .slice(-3)
      .join(' ');
  } catch {
    return 'it wrote no log';
  }
}
