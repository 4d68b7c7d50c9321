/**
 * What a cluster leaves on a machine besides its data directory: processes, mounts, network
 * namespaces, interfaces, nft tables, cgroups. Found by looking at the machine, not at what the
 * cluster remembers, so that crashes are covered.
 */
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandRunner } from '../../base/run-command.ts';
import { cgroupRoot, networkTable, proxyTable } from '../kernel-names.ts';
import type { ClusterPaths } from '../layout.ts';
import type { ClusterSettings } from '../settings.ts';

export interface Trace {
  readonly kind: 'process' | 'mount' | 'network namespace' | 'interface' | 'nft table' | 'cgroup';
  readonly name: string;
}

export interface TraceOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly commands: CommandRunner;
}

/** In the order in which they can be removed. */
export async function findTraces(options: TraceOptions): Promise<Trace[]> {
  return [
    ...(await findProcesses(options.paths)),
    ...(await findMounts(options.paths)),
    ...(await findInterfaces(options)),
    ...(await findTables(options)),
    ...(await findCgroups(options.settings)),
  ];
}

export async function removeTrace({ kind, name }: Trace, commands: CommandRunner): Promise<void> {
  if (kind === 'process') process.kill(Number.parseInt(name, 10), 'SIGKILL');
  else if (kind === 'mount') await commands.run(['umount', '--lazy', name]);
  else if (kind === 'interface') await commands.run(['ip', 'link', 'delete', name]);
  else if (kind === 'nft table') await commands.run(['nft', 'delete', 'table', 'ip', name]);
  else if (kind === 'cgroup') await removeCgroup(name);
}

/** Processes that were started with this data directory: containerd, shims, the server. */
async function findProcesses({ dataDir }: ClusterPaths): Promise<Trace[]> {
  const found: Trace[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
    const [program = '', ...args] = line.split('\0');
    if (belongs(program, args, dataDir))
      found.push({ kind: 'process', name: `${pid} (${program.replace(/.*\//, '')})` });
  }
  return found;
}

/** `up`, `down` and `delete` carry the directory too, and are none of the cluster's processes. */
export function belongs(program: string, args: readonly string[], dataDir: string): boolean {
  const isOurs = args.some(arg => arg === dataDir || arg.startsWith(`${dataDir}/`));
  if (/(^|\/)containerd(-shim[\w-]*)?$/.test(program)) return isOurs;
  return isOurs && /(^|\/)node$/.test(program) && args.includes('server');
}

async function findMounts({ dataDir }: ClusterPaths): Promise<Trace[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .map(line =>
      (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
  // The innermost first.
  return mounts
    .filter(path => path.startsWith(`${dataDir}/`))
    .sort((a, b) => b.length - a.length)
    .map(name => ({ kind: 'mount', name }));
}

async function findInterfaces({ settings, commands }: TraceOptions): Promise<Trace[]> {
  const { stdout } = await commands.run(['ip', '-j', 'link', 'show']);
  const links = JSON.parse(stdout || '[]') as { ifname: string; master?: string }[];
  return links
    .filter(link => link.ifname === settings.bridge || link.master === settings.bridge)
    .map(link => ({ kind: 'interface', name: link.ifname }));
}

async function findTables({ settings, commands }: TraceOptions): Promise<Trace[]> {
  const { stdout } = await commands.run(['nft', 'list', 'tables']);
  const ours = new Set([networkTable(settings), proxyTable(settings)]);
  return stdout
    .split('\n')
    .map(line => line.trim().split(' ').at(-1) ?? '')
    .filter(name => ours.has(name))
    .map(name => ({ kind: 'nft table', name }));
}

async function findCgroups(settings: ClusterSettings): Promise<Trace[]> {
  const root = cgroupRoot(settings);
  const found: Trace[] = [];
  for (const line of (await readFile('/proc/self/mounts', 'utf8')).split('\n')) {
    const [, mount = '', type = ''] = line.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const path = join(mount, root);
    if (
      await readdir(path).then(
        () => true,
        () => false,
      )
    )
      found.push({ kind: 'cgroup', name: path });
  }
  return found;
}

/** A cgroup is removed from its leaves; the files in it go with it. */
async function removeCgroup(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeCgroup(join(path, entry.name));
  }
  await rmdir(path);
}
