/**
 * containerd as a process of its own, with its own root, state and socket in the data directory: no
 * other containerd on the machine is touched or needed.
 *
 * It is detached: when Peapod is killed, containerd and the shims go on, and the next Peapod adopts
 * them by the pid file. While Peapod runs, a containerd that dies is started again. `stopContainerd`
 * is the only way it is ended.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { CAP_SYS_RESOURCE, hasCapability } from '../host/capabilities.ts';
import {
  isRunning,
  type ProcessId,
  readPidFile,
  removePidFile,
  stopProcess,
  writePidFile,
} from '../host/processes.ts';
import type { ClusterPaths } from '../layout.ts';
import { containerdConfig, registryHostsConfig } from './config.ts';
import { chooseSnapshotter } from './snapshotter.ts';

/** Debian's place for the CNI plugins. */
const CNI_BIN = '/usr/lib/cni';
const START_LIMIT_MS = 30_000;
const RESTART_DELAY_MS = 500;
/** Enough to tell why a start failed. */
const LOG_TAIL_CHARACTERS = 600;

export interface SuperviseOptions {
  readonly paths: ClusterPaths;
  readonly sandboxImage: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface SupervisedContainerd {
  readonly adopted: boolean;
  /** Starts it again whenever it dies, until `signal` is aborted. Leaves it running. */
  run(signal: AbortSignal): Promise<void>;
}

/** Resolves when containerd accepts calls. @throws Error with the end of its log when it does not start */
export async function startContainerd(options: SuperviseOptions): Promise<SupervisedContainerd> {
  const { paths, clock, log } = options;
  const running = await runningContainerd(paths);
  const adopted = running !== undefined;
  if (adopted) log.info('adopted containerd', { pid: running.pid });
  else await writeConfig(options);
  let connection = adopted ? await awaitReady(paths, running, clock) : await spawnContainerd(options);
  return {
    adopted,
    async run(signal) {
      signal.addEventListener('abort', () => connection.destroy(), { once: true });
      while (!signal.aborted) {
        // Not `once`, which throws at an error: whatever ends the connection, the next one is due.
        if (!connection.closed) await new Promise(resolve => connection.once('close', resolve));
        if (signal.aborted) break;
        const process = await readPidFile(pidFile(paths));
        log.error(process ? 'lost the connection to containerd' : 'containerd ended; starting it again');
        try {
          connection = process ? await awaitReady(paths, process, clock) : await spawnContainerd(options);
        } catch (error) {
          log.error('containerd does not start', { error: String(error) });
          await sleep(clock, RESTART_DELAY_MS, signal);
        }
      }
      connection.destroy();
    },
  };
}

export function runningContainerd(paths: ClusterPaths): Promise<ProcessId | undefined> {
  return readPidFile(pidFile(paths));
}

/** Ends containerd; shims of containers that still run stay. Does nothing when it does not run. */
export async function stopContainerd(paths: ClusterPaths, clock: Clock): Promise<void> {
  const running = await runningContainerd(paths);
  if (running) await stopProcess(running, { clock, graceMs: 10_000 });
  await removePidFile(pidFile(paths));
}

/** containerd reads this file at every pull, so it may change while containerd runs. */
export async function writeRegistryHosts(paths: ClusterPaths, registryAddress: string): Promise<void> {
  const dir = join(registryHosts(paths), '_default');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'hosts.toml'), registryHostsConfig(registryAddress));
}

async function writeConfig({ paths, sandboxImage }: SuperviseOptions): Promise<void> {
  const root = join(paths.containerd, 'root');
  for (const dir of [root, registryHosts(paths), paths.cniConf, paths.logs])
    await mkdir(dir, { recursive: true });
  const config = containerdConfig({
    paths: {
      root,
      state: join(paths.containerd, 'state'),
      socket: paths.containerdSocket,
      registryHosts: registryHosts(paths),
      cniConf: paths.cniConf,
      cniBin: CNI_BIN,
    },
    sandboxImage,
    snapshotter: await chooseSnapshotter(root),
    restrictOomScoreAdj: !hasCapability(CAP_SYS_RESOURCE),
  });
  await writeFile(configFile(paths), config);
}

async function spawnContainerd({ paths, clock, log }: SuperviseOptions): Promise<Socket> {
  await rm(paths.containerdSocket, { force: true });
  const output = openSync(logFile(paths), 'a');
  try {
    const child = spawn('containerd', ['--config', configFile(paths)], {
      detached: true,
      stdio: ['ignore', output, output],
      env: containerdEnvironment(),
    });
    await once(child, 'spawn');
    child.unref();
    const pid = child.pid ?? 0;
    await writePidFile(pidFile(paths), pid);
    log.info('started containerd', { pid });
    const id = await readPidFile(pidFile(paths));
    if (!id) throw new Error(`Cannot start containerd: ${logTail(paths)}`);
    return await awaitReady(paths, id, clock);
  } finally {
    closeSync(output);
  }
}

function containerdEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // Half the heap of Go's default, for little more garbage collection: containerd is idle mostly.
    GOGC: process.env['GOGC'] ?? '50',
  };
}

/**
 * Waits until both sockets are open. The connection to the ttrpc one is kept: unlike gRPC's, that
 * server bears a silent connection, and its end tells that containerd has died, whoever started it.
 */
async function awaitReady(paths: ClusterPaths, id: ProcessId, clock: Clock): Promise<Socket> {
  const limit = clock.monotonic() + START_LIMIT_MS;
  for (;;) {
    const socket = await tryConnect(`${paths.containerdSocket}.ttrpc`);
    const grpc = socket && (await tryConnect(paths.containerdSocket));
    grpc?.destroy();
    if (socket && grpc) return socket.resume();
    socket?.destroy();
    if (!isRunning(id)) throw new Error(`Cannot start containerd: it ended. ${logTail(paths)}`);
    if (clock.monotonic() > limit) {
      const seconds = START_LIMIT_MS / 1000;
      throw new Error(
        `Cannot reach containerd at ${paths.containerdSocket} after ${seconds} s. ${logTail(paths)}`,
      );
    }
    await sleep(clock, 10);
  }
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

function logTail(paths: ClusterPaths): string {
  try {
    return readFileSync(logFile(paths), 'utf8').slice(-LOG_TAIL_CHARACTERS).trim();
  } catch {
    return '';
  }
}

const pidFile = (paths: ClusterPaths) => join(paths.containerd, 'containerd.pid');
const configFile = (paths: ClusterPaths) => join(paths.containerd, 'config.toml');
const registryHosts = (paths: ClusterPaths) => join(paths.containerd, 'hosts.d');
const logFile = (paths: ClusterPaths) => join(paths.logs, 'containerd.log');
