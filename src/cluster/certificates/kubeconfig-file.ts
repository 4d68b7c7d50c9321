/**
 * The user's kubeconfig file: $KUBECONFIG (its first file, which is where kubectl writes too), or
 * ~/.kube/config. Written beside its place and renamed, so that it is never half there; its mode is
 * kept, its owner too (under sudo, the file may be the user's own).
 */
import { chmod, chown, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import {
  isEmptyKubeconfig,
  type KubeconfigEntry,
  mergeKubeconfig,
  removeFromKubeconfig,
} from './kubeconfig.ts';

export function userKubeconfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  const first = environment['KUBECONFIG']?.split(delimiter).find(Boolean);
  return first ?? join(homedir(), '.kube/config');
}

/** @returns whether the file changed */
export async function mergeIntoFile(path: string, entry: KubeconfigEntry): Promise<boolean> {
  return rewrite(path, text => mergeKubeconfig(text, entry));
}

/** @returns whether the file changed. A file that holds nothing else any more is removed. */
export async function removeFromFile(path: string, name: string): Promise<boolean> {
  return rewrite(path, text => {
    const rest = removeFromKubeconfig(text, name);
    return rest !== text && isEmptyKubeconfig(rest) ? '' : rest;
  });
}

async function rewrite(path: string, edit: (text: string) => string): Promise<boolean> {
  // The file may be a link into a repository of settings: the link stays.
  const target = await realpath(path).catch(() => path);
  const before = await readFile(target, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  let after: string;
  try {
    after = edit(before);
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (after === before) return false;
  if (after === '') {
    await rm(target);
    return true;
  }
  const found = await stat(target).catch(() => undefined);
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  const unfinished = `${target}.peapod-${process.pid}`;
  await writeFile(unfinished, after, { mode: 0o600 });
  if (found) {
    await chmod(unfinished, found.mode & 0o777);
    await chown(unfinished, found.uid, found.gid);
  }
  await rename(unfinished, target);
  return true;
}
