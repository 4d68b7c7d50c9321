/** What the node and its pods have used at one moment, as read; everything served is made of this. */
import type { ImageFileSystem, LayerUsage } from '../cri/contract.ts';
import type { CgroupUsage } from './cgroup-usage.ts';
import type { InterfaceUsage } from './network-usage.ts';

export interface FileSystemUsage {
  readonly capacityBytes: number;
  readonly availableBytes: number;
  readonly usedBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

export interface ContainerSample {
  readonly name: string;
  readonly id: string;
  readonly image: string;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** /peapod/kubepods/… */
  readonly cgroup: string;
  readonly usage: CgroupUsage;
  /** What it has written into its own layer; absent: not asked for, or the runtime cannot tell. */
  readonly layer?: LayerUsage;
  readonly logBytes?: number;
}

export interface PodSample {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** RFC 3339, of status.startTime. */
  readonly startTime: string | undefined;
  readonly cgroup: string;
  readonly usage: CgroupUsage;
  /** Absent with the node's network, and while there is no sandbox. */
  readonly network?: readonly InterfaceUsage[];
  readonly containers: readonly ContainerSample[];
}

export interface NodeSample {
  /** Milliseconds since the epoch, when it was taken. */
  readonly timeMs: number;
  readonly nodeName: string;
  /** When the machine was started. */
  readonly bootMs: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly usage: CgroupUsage;
  readonly network: readonly InterfaceUsage[];
  readonly defaultInterface: string | undefined;
  readonly processes: { readonly max: number; readonly current: number } | undefined;
  readonly fs?: FileSystemUsage;
  readonly imageFs?: FileSystemUsage & Pick<ImageFileSystem, 'timeMs'> & { readonly imageBytes: number };
  readonly pods: readonly PodSample[];
}
