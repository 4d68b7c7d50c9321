/** What a kubelet reads of its node when it starts. Changes are seen by the next start. */
import { type CgroupTree, parseCgroupMounts } from '../cgroups/hierarchy.ts';
import { parseResolvConf } from '../config/dns.ts';
import type { DnsConfig } from '../cri/contract.ts';
import type { FileSystem } from '../os.ts';
import { capacityOf, type Machine, readMachine } from './machine.ts';

export interface NodeFacts {
  readonly machine: Machine;
  /** Quantities by resource; all of it is allocatable. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly cgroups: CgroupTree;
  /** For pods that use the node's own DNS. */
  readonly dns: DnsConfig;
  /** Whether the kernel enforces AppArmor profiles. */
  readonly appArmor: boolean;
}

/** "Y" where the kernel has AppArmor and it is switched on. */
const APP_ARMOR = '/sys/module/apparmor/parameters/enabled';

export interface NodeFactsOptions {
  /** Its file system is the node's ephemeral storage. */
  readonly dataDirectory: string;
  readonly resolvConf: string;
  readonly maxPods: number;
}

export async function readNodeFacts(files: FileSystem, options: NodeFactsOptions): Promise<NodeFacts> {
  const textOf = (path: string) => files.readFile(path, 'utf8').catch(() => '');
  const [machine, mounts, resolvConf, appArmor] = await Promise.all([
    readMachine(files, options.dataDirectory),
    files.readFile('/proc/self/mounts', 'utf8'),
    textOf(options.resolvConf),
    textOf(APP_ARMOR),
  ]);
  return {
    machine,
    capacity: capacityOf(machine, options.maxPods),
    cgroups: parseCgroupMounts(mounts),
    dns: parseResolvConf(resolvConf),
    appArmor: appArmor.startsWith('Y'),
  };
}
