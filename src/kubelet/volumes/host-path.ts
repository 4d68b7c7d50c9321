/** hostPath volumes: what has to be there before, and what is made (API reference: HostPathVolumeSource). */
import { dirname } from 'node:path';
import type { HostPathVolumeSource } from '../../generated/core-v1.ts';
import { type FileSystem, isMissing } from '../os.ts';

type Stats = Awaited<ReturnType<FileSystem['lstat']>>;

const CHECKS: Readonly<Record<string, { readonly is: (stats: Stats) => boolean; readonly what: string }>> = {
  Directory: { is: s => s.isDirectory(), what: 'a directory' },
  DirectoryOrCreate: { is: s => s.isDirectory(), what: 'a directory' },
  File: { is: s => s.isFile(), what: 'a file' },
  FileOrCreate: { is: s => s.isFile(), what: 'a file' },
  Socket: { is: s => s.isSocket(), what: 'a socket file' },
  CharDevice: { is: s => s.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { is: s => s.isBlockDevice(), what: 'a block device' },
};

/**
 * @returns the path to mount
 * @throws Error when what is there is not of the type asked for
 */
export async function prepareHostPath(files: FileSystem, source: HostPathVolumeSource): Promise<string> {
  const { path, type = '' } = source;
  const check = CHECKS[type];
  if (!check) return path;
  let stats = await statOf(files, path);
  if (!stats && type === 'DirectoryOrCreate') {
    await files.mkdir(path, { recursive: true, mode: 0o755 });
    stats = await statOf(files, path);
  } else if (!stats && type === 'FileOrCreate') {
    await files.mkdir(dirname(path), { recursive: true });
    await files.writeFile(path, '', { mode: 0o644, flag: 'a' });
    stats = await statOf(files, path);
  }
  if (!stats || !check.is(stats as Stats)) {
    throw new Error(`hostPath type check failed: ${path} is not ${check.what}`);
  }
  return path;
}

async function statOf(files: FileSystem, path: string) {
  try {
    return await files.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
