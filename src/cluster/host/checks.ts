/**
 * What a machine must have before a cluster is started. Each check that fails says in one line what
 * is wrong and what to do; all of them are made, so that one run tells everything.
 */
import { once } from 'node:events';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { CommandError, type CommandRunner } from '../../base/run-command.ts';
import type { ClusterPaths } from '../layout.ts';
import { CAP_NET_ADMIN, CAP_SYS_ADMIN, hasCapability } from './capabilities.ts';

export interface CheckOptions {
  readonly paths: ClusterPaths;
  /** By the option that chooses it: port, kubelet-port. */
  readonly ports: Readonly<Record<string, number | undefined>>;
  readonly commands: CommandRunner;
}

/** A program, and the Debian package that has it. */
const PROGRAMS: readonly (readonly [program: string, debianPackage: string])[] = [
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['nft', 'nftables'],
  ['ip', 'iproute2'],
  ['mount', 'mount'],
  ['/usr/lib/cni/bridge', 'containernetworking-plugins'],
  ['conntrack', 'conntrack'],
  ['iptables', 'iptables'],
];
const CONTROLLERS = ['cpu', 'memory', 'pids'];
/** The kernel's limit for the path of a socket, without the final zero. */
const MAX_SOCKET_PATH = 107;

/** @returns one line for each problem */
export async function checkHost(options: CheckOptions): Promise<string[]> {
  if (process.platform !== 'linux')
    return [`a cluster with containers needs Linux, this is ${process.platform}`];
  if (process.getuid?.() !== 0) return ['a cluster with containers needs root: run it with sudo'];
  const ports = Object.entries(options.ports).map(([option, port]) => checkPort(option, port));
  const problems = [
    ...checkCapabilities(),
    ...checkPrograms(),
    ...checkKernel(),
    ...checkPaths(options.paths),
    ...(await Promise.all(ports)).flat(),
  ];
  return problems.length > 0 ? problems : checkNft(options.commands);
}

function checkCapabilities(): string[] {
  if (hasCapability(CAP_SYS_ADMIN) && hasCapability(CAP_NET_ADMIN)) return [];
  return ['root lacks CAP_SYS_ADMIN or CAP_NET_ADMIN here: in a container, run it privileged'];
}

function checkPrograms(): string[] {
  const missing = PROGRAMS.filter(([program]) => !isExecutable(program));
  if (missing.length === 0) return [];
  const names = missing.map(([program]) => program).join(', ');
  const packages = missing.map(([, name]) => name).join(' ');
  return [`${names} not found: install with "apt-get install ${packages}" (npm start does it)`];
}

function isExecutable(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = program.includes('/') ? [program] : folders.map(folder => join(folder, program));
  return candidates.some(path => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function checkKernel(): string[] {
  const problems: string[] = [];
  for (const namespace of ['net', 'ipc', 'uts', 'pid', 'mnt']) {
    if (!existsSync(`/proc/self/ns/${namespace}`)) {
      problems.push(`the kernel has no ${namespace} namespaces: a kernel with namespaces is needed`);
    }
  }
  return [...problems, ...missingControllers(readFileSync('/proc/self/mounts', 'utf8'), readV2Controllers())];
}

function readV2Controllers(): string {
  const path = '/sys/fs/cgroup/cgroup.controllers';
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Each controller must be in a v1 hierarchy that is mounted, or be offered by v2. */
export function missingControllers(mounts: string, v2Controllers: string): string[] {
  const available = new Set(v2Controllers.split(/\s+/));
  for (const line of mounts.split('\n')) {
    const [, , type, options = ''] = line.split(' ');
    if (type === 'cgroup') for (const option of options.split(',')) available.add(option);
  }
  const missing = CONTROLLERS.filter(controller => !available.has(controller));
  return missing.length === 0
    ? []
    : [
        `cgroup controllers missing: ${missing.join(', ')}; mount /sys/fs/cgroup, or enable them on the kernel command line`,
      ];
}

function checkPaths(paths: ClusterPaths): string[] {
  const socket = `${paths.containerdSocket}.ttrpc`;
  return socket.length <= MAX_SOCKET_PATH
    ? []
    : [
        `--data-dir ${paths.dataDir} is too long: sockets in it may have ${MAX_SOCKET_PATH} characters, not ${socket.length}`,
      ];
}

async function checkPort(option: string, port: number | undefined): Promise<string[]> {
  if (port === undefined) return [];
  const code = await portTrouble(port);
  if (code === undefined) return [];
  const reason =
    code === 'EADDRINUSE'
      ? `port ${port} is taken by another program`
      : `port ${port} cannot be used (${code})`;
  return [`${reason}: choose another with --${option}`];
}

export async function isPortFree(port: number): Promise<boolean> {
  // Where nobody may listen at all, another port would not help.
  return (await portTrouble(port)) !== 'EADDRINUSE';
}

/** Why nothing can listen on the port, on any address: EADDRINUSE, EACCES …; undefined: something can. */
async function portTrouble(port: number): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    server.close();
  }
}

/** @returns one line when the kernel does not take the rules that services need */
export async function checkNft(commands: CommandRunner): Promise<string[]> {
  try {
    // --check compiles the rules in the kernel and changes nothing.
    await commands.run(['nft', '--check', '-f', '-'], {
      input:
        'table ip peapod-check {\nchain c {\ntype nat hook prerouting priority dstnat\nfib daddr type local counter\n}\n}\n',
    });
    return [];
  } catch (error) {
    const reason = error instanceof CommandError ? error.stderr.split('\n')[0] : String(error);
    return [`nftables do not work here: ${reason}; a kernel with nf_tables and nft_nat is needed`];
  }
}
