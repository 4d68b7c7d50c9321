/** What the runtime has of one pod, as data: the input of planning and of status. */
import type { ContainerStatus } from '../cri/contract.ts';

export interface SandboxRecord {
  readonly id: string;
  readonly attempt: number;
  readonly createdAtMs: number;
  readonly ready: boolean;
  /** Kept when the sandbox has stopped; empty with the node's network. */
  readonly ips: readonly string[];
}

export interface ContainerRecord {
  readonly sandboxId: string;
  readonly name: string;
  readonly status: ContainerStatus;
  /** Restarts before this one (annotation io.kubernetes.container.restartCount). */
  readonly restartCount: number;
  /** containerHash of the spec it was made from. */
  readonly hash: string;
  /** As the status shows it. */
  readonly imageId: string;
  /** From the termination message path, or the log; once it has ended. */
  readonly terminationMessage?: string;
}

/** Newest first, both. */
export interface PodRuntimeState {
  readonly sandboxes: readonly SandboxRecord[];
  readonly containers: readonly ContainerRecord[];
}

export const NO_RUNTIME_STATE: PodRuntimeState = { sandboxes: [], containers: [] };

/** The newest container of that name. */
export const latest = (state: PodRuntimeState, name: string): ContainerRecord | undefined =>
  state.containers.find(record => record.name === name);

export const isRunning = (record: ContainerRecord | undefined): record is ContainerRecord =>
  record?.status.state === 'running';

export const hasExited = (record: ContainerRecord | undefined): record is ContainerRecord =>
  record?.status.state === 'exited' || record?.status.state === 'unknown';

/** The sandbox that is used: the newest one, if it is ready. */
export const readySandbox = (state: PodRuntimeState): SandboxRecord | undefined =>
  state.sandboxes[0]?.ready ? state.sandboxes[0] : undefined;
