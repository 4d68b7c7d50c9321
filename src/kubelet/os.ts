/**
 * What the kubelet asks of the operating system besides the container runtime. Injected, so that
 * a test can fail exactly one operation or run without root.
 */
import * as fs from 'node:fs/promises';
import { type CommandRunner, systemCommands } from '../base/run-command.ts';

export interface OperatingSystem {
  readonly fs: FileSystem;
  readonly commands: CommandRunner;
}

export type FileSystem = Pick<
  typeof fs,
  | 'appendFile'
  | 'chmod'
  | 'chown'
  | 'lstat'
  | 'mkdir'
  | 'open'
  | 'readdir'
  | 'readFile'
  | 'readlink'
  | 'realpath'
  | 'rename'
  | 'rm'
  | 'rmdir'
  | 'stat'
  | 'statfs'
  | 'symlink'
  | 'writeFile'
>;

export const hostOperatingSystem: OperatingSystem = { fs, commands: systemCommands() };

/** Whether a failed file operation says that the file is not there. */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException)?.code === 'ENOENT';

export async function exists(files: FileSystem, path: string): Promise<boolean> {
  try {
    await files.lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
