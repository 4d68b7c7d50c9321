/**
 * Keeps container logs small: a file that has grown beyond 10 MiB is renamed and the runtime is
 * told to begin a new one; five files are kept in all. Upstream looks every 10 s; here a look
 * costs one stat a running container and happens once a minute, and only while containers run.
 */
import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ContainerRuntime } from '../cri/contract.ts';
import { type FileSystem, isMissing } from '../os.ts';
import { logFiles } from './log-file.ts';

export interface RotationOptions {
  readonly files: FileSystem;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  /** The logs that are being written. */
  readonly running: () => readonly { readonly containerId: string; readonly path: string }[];
  /** Absent: 10 MiB. */
  readonly maxBytes?: number;
  /** Absent: 5. */
  readonly maxFiles?: number;
}

const LOOK_MS = 60_000;
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 5;

/** Looks until `signal` is aborted. A log that cannot be rotated is tried again at the next look. */
export async function rotateLogs(options: RotationOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(options.clock, LOOK_MS, signal);
    if (signal.aborted) return;
    for (const { containerId, path } of options.running()) {
      await rotateOne(options, containerId, path).catch((error: unknown) => {
        options.log.warn('log not rotated', { path, error: String(error) });
      });
    }
  }
}

/** True when the log was rotated. */
export async function rotateOne(
  options: RotationOptions,
  containerId: string,
  path: string,
): Promise<boolean> {
  const { files, runtime, clock, maxBytes = MAX_BYTES, maxFiles = MAX_FILES } = options;
  try {
    if ((await files.stat(path)).size <= maxBytes) return false;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  const stamp = new Date(clock.now()).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const rotated = `${path}.${stamp}`;
  await files.rename(path, rotated);
  try {
    await runtime.reopenContainerLog(containerId);
  } catch (error) {
    // The runtime still writes the old file: give it its name back.
    await files.rename(rotated, path);
    throw error;
  }
  const old = (await logFiles(files, path)).filter(file => file !== path);
  for (const file of old.slice(0, Math.max(0, old.length - (maxFiles - 1))))
    await files.rm(file, { force: true });
  return true;
}
