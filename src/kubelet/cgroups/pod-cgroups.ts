/** The cgroups of pods: where they are, and the limits of a pod as a whole. */
import { quantityValue } from '../../api/quantity.ts';
import { type FileSystem } from '../os.ts';
import { type NodePod, uidOf } from '../pods/pod.ts';
import { cpuResources } from './container-resources.ts';
import { type CgroupTree, removeCgroup, writeCgroup } from './hierarchy.ts';
import { podLimits, podRequests } from './pod-resources.ts';
import { qosClass } from './qos.ts';

export interface PodCgroupsOptions {
  readonly files: FileSystem;
  readonly tree: CgroupTree;
  /** /peapod-default */
  readonly root: string;
}

export class PodCgroups {
  readonly #options: PodCgroupsOptions;

  constructor(options: PodCgroupsOptions) {
    this.#options = options;
  }

  /** As the runtime wants it: absolute, from the root of the tree. */
  path(pod: NodePod): string {
    return podCgroupPath(this.#options.root, pod);
  }

  /** What asked for nothing gives way to everything else. Once, when the kubelet starts. */
  async prepare(): Promise<void> {
    const { files, tree, root } = this.#options;
    const [file, value] = tree.version === 1 ? ['cpu.shares', '2'] : ['cpu.weight', '1'];
    await writeCgroup(files, tree, `${root}/kubepods/besteffort`, 'cpu', file, value);
  }

  /** Writes the limits of the pod; nothing for one that has neither requests nor limits. */
  async apply(pod: NodePod): Promise<void> {
    const { files, tree } = this.#options;
    for (const setting of podSettings(pod, tree.version)) {
      await writeCgroup(files, tree, this.path(pod), setting.controller, setting.file, setting.value);
    }
  }

  async remove(pod: NodePod): Promise<void> {
    await removeCgroup(this.#options.files, this.#options.tree, this.path(pod));
  }

  /** Of a pod whose spec, and with it the class, is not known any more. */
  async removeByUid(uid: string): Promise<void> {
    const { files, tree, root } = this.#options;
    for (const level of ['', '/burstable', '/besteffort']) {
      await removeCgroup(files, tree, `${root}/kubepods${level}/pod${uid}`);
    }
  }
}

/**
 * @param root of the cluster's cgroups, below the mount points
 * @returns <root>/kubepods[/burstable|/besteffort]/pod<uid>
 */
export function podCgroupPath(root: string, pod: NodePod): string {
  const qos = qosClass(pod);
  const level = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root}/kubepods${level}/pod${uidOf(pod)}`;
}

interface Setting {
  readonly controller: 'cpu' | 'memory';
  readonly file: string;
  readonly value: string;
}

/** Pure: which files get which values. A pod is limited only where all its containers are. */
export function podSettings(pod: NodePod, version: 1 | 2): Setting[] {
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  if (!requests && !limits) return [];
  const cpu = cpuResources(requests?.['cpu'], limits?.['cpu']);
  const memory = limits?.['memory'];
  const settings: Setting[] = [];
  if (version === 1) {
    settings.push({ controller: 'cpu', file: 'cpu.shares', value: String(cpu.cpuShares) });
    if (cpu.cpuQuota > 0) {
      settings.push({ controller: 'cpu', file: 'cpu.cfs_period_us', value: String(cpu.cpuPeriod) });
      settings.push({ controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(cpu.cpuQuota) });
    }
    if (memory) {
      settings.push({
        controller: 'memory',
        file: 'memory.limit_in_bytes',
        value: String(quantityValue(memory)),
      });
    }
    return settings;
  }
  settings.push({ controller: 'cpu', file: 'cpu.weight', value: String(sharesToWeight(cpu.cpuShares)) });
  if (cpu.cpuQuota > 0) {
    settings.push({ controller: 'cpu', file: 'cpu.max', value: `${cpu.cpuQuota} ${cpu.cpuPeriod}` });
  }
  if (memory)
    settings.push({ controller: 'memory', file: 'memory.max', value: String(quantityValue(memory)) });
  return settings;
}

/** v1 shares (2–262144) on v2's scale (1–10000), as the OCI runtime specification has it. */
export const sharesToWeight = (shares: number): number => 1 + Math.floor(((shares - 2) * 9999) / 262_142);
