/** A real etcd for tests: a process of its own on loopback, with its own data, gone afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { sleep, systemClock } from '../../base/clock.ts';

export interface EtcdServer {
  readonly url: string;
  /** kill -9. What it has answered is on its disk. */
  kill(): Promise<void>;
  /** Starts it again, on the same data and port. */
  start(): Promise<void>;
  /** Stands still, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export interface EtcdServerOptions {
  /** Files: what it shows, and whose certificates it takes. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa: string };
  /** Its data are on the disk, as in earnest; else in memory where that is possible. */
  readonly onDisk?: boolean;
}

/** Why no etcd can be started here; undefined when one can. */
export function whyNoEtcd(): string | undefined {
  const found = (process.env['PATH'] ?? '').split(delimiter).some(folder => isProgram(join(folder, 'etcd')));
  return found ? undefined : 'there is no etcd program on this machine (Debian: etcd-server)';
}

/** As whyNoEtcd, and prints it: to be called where tests are left out for it. */
export function skipWithoutEtcd(): boolean {
  const reason = whyNoEtcd();
  if (reason) console.warn(`left out: ${reason}`);
  return reason !== undefined;
}

const START_ATTEMPTS = 200;
const START_INTERVAL_MS = 25;

export async function startEtcd({ tls, onDisk = false }: EtcdServerOptions = {}): Promise<EtcdServer> {
  // What is tested is kill -9, not power loss.
  const parent = existsSync('/dev/shm') && !onDisk ? '/dev/shm' : tmpdir();
  const folder = mkdtempSync(join(parent, 'peapod-etcd-'));
  const [port, peerPort, healthPort] = await freePorts(3);
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const health = `http://127.0.0.1:${healthPort}`;
  const secure = tls
    ? [
        `--cert-file=${tls.certificate}`,
        `--key-file=${tls.key}`,
        `--trusted-ca-file=${tls.clientCa}`,
        '--client-cert-auth',
      ]
    : [];
  const args = [
    '--name=test',
    `--data-dir=${join(folder, 'data')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    `--listen-metrics-urls=${health}`,
    ...secure,
  ];
  let child: ChildProcess | undefined;
  const start = async () => {
    const started = spawn('etcd', args, { stdio: 'ignore' });
    child = started;
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      if (started.exitCode !== null) throw new Error(`etcd ended with ${started.exitCode}`);
      const answer = await fetch(`${health}/health`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(systemClock, START_INTERVAL_MS);
    }
    throw new Error('etcd did not start');
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise(done => running.once('exit', done));
    running.kill('SIGKILL');
    await ended;
  };
  const close = async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    kill,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    close,
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Ports nobody has; all are taken before the first is given back, so they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>(done =>
          server.once('listening', () => done((server.address() as { port: number }).port)),
        ),
    ),
  );
  await Promise.all(servers.map(server => new Promise(done => server.close(done))));
  return ports;
}
