/** From messages as proto-loader gives them to the contract's forms. */
import type {
  ContainerState,
  ContainerStatus,
  Image,
  ImageFileSystem,
  LayerUsage,
  PodSandbox,
  PodSandboxMetadata,
} from './contract.ts';

interface RawMetadata {
  readonly name: string;
  readonly attempt: number;
}

export interface RawSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: string;
  readonly createdAt: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface RawContainer {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: RawMetadata;
  readonly state: string;
  readonly createdAt: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface RawStatus extends Omit<RawContainer, 'podSandboxId'> {
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly image: { readonly image: string } | null;
  readonly imageRef: string;
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
}

export interface RawImage {
  readonly id: string;
  readonly repoTags: string[];
  readonly repoDigests: string[];
  readonly size: number;
  readonly uid: { readonly value: number } | null;
  readonly username: string;
}

export const msOfNs = (ns: number): number => Math.floor(ns / 1e6);

export function toSandbox(raw: RawSandbox): PodSandbox {
  return {
    id: raw.id,
    metadata: raw.metadata,
    ready: raw.state === 'SANDBOX_READY',
    createdAtMs: msOfNs(raw.createdAt),
    labels: raw.labels,
    annotations: raw.annotations,
  };
}

export function containerState(raw: string): ContainerState {
  switch (raw) {
    case 'CONTAINER_CREATED':
      return 'created';
    case 'CONTAINER_RUNNING':
      return 'running';
    case 'CONTAINER_EXITED':
      return 'exited';
    default:
      return 'unknown';
  }
}

export function toStatus(raw: RawStatus): ContainerStatus {
  return {
    id: raw.id,
    metadata: raw.metadata,
    state: containerState(raw.state),
    createdAtMs: msOfNs(raw.createdAt),
    startedAtMs: msOfNs(raw.startedAt),
    finishedAtMs: msOfNs(raw.finishedAt),
    exitCode: raw.exitCode,
    image: raw.image?.image ?? '',
    imageRef: raw.imageRef,
    reason: raw.reason,
    message: raw.message,
    labels: raw.labels,
    annotations: raw.annotations,
    logPath: raw.logPath,
  };
}

export function toImage(raw: RawImage): Image {
  return {
    id: raw.id,
    repoTags: raw.repoTags,
    repoDigests: raw.repoDigests,
    sizeBytes: raw.size,
    ...(raw.uid ? { uid: raw.uid.value } : {}),
    username: raw.username,
  };
}

export interface RawFilesystemUsage {
  readonly timestamp: number;
  readonly fsId: { readonly mountpoint: string } | null;
  readonly usedBytes: { readonly value: number } | null;
  readonly inodesUsed: { readonly value: number } | null;
}

export interface RawContainerStats {
  readonly attributes: { readonly id: string } | null;
  readonly writableLayer: RawFilesystemUsage | null;
}

/** None for a container whose layer containerd has not looked at yet, of which it says that it has no inode. */
export function toLayerUsage({ attributes, writableLayer }: RawContainerStats): [string, LayerUsage][] {
  const inodesUsed = writableLayer?.inodesUsed?.value ?? 0;
  if (!attributes || inodesUsed === 0) return [];
  const usedBytes = writableLayer?.usedBytes?.value ?? 0;
  return [[attributes.id, { timeMs: msOfNs(writableLayer?.timestamp ?? 0), usedBytes, inodesUsed }]];
}

export function toImageFileSystem(raw: RawFilesystemUsage | undefined): ImageFileSystem | undefined {
  // No inodes: not looked at yet, as above.
  if (!raw?.fsId || !raw.inodesUsed?.value) return undefined;
  const { timestamp, fsId, usedBytes } = raw;
  return { mountpoint: fsId.mountpoint, timeMs: msOfNs(timestamp), usedBytes: usedBytes?.value ?? 0 };
}
