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

/** The file kubectl writes to: the first of $KUBECONFIG, or ~/.kube/config. */
export function userKubeconfigPath(environment: NodeJS.ProcessEnv = process.env): string {
  const first = environment['KUBECONFIG']?.split(delimiter).find(Boolean);
  return first ?? join(homedir(), '.kube/config');
}

/** @throws Error when a cluster could not be merged into the file; a file that is not there is none */
export async function checkFile(path: string): Promise<void> {
  const nobody = { name: 'check', server: '', authority: '', certificate: '', key: '' };
  editText(path, await readText(await realTarget(path)), text => mergeKubeconfig(text, nobody));
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
  const target = await realTarget(path);
  const before = await readText(target);
  const after = editText(path, before, edit);
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

/** The file may be a link into a repository of settings: the link stays. */
const realTarget = (path: string): Promise<string> => realpath(path).catch(() => path);

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new Error(`${path}: Cannot read the kubeconfig (${code}); set $KUBECONFIG to another file`, {
      cause: error,
    });
  }
}

function editText(path: string, text: string, edit: (text: string) => string): string {
  try {
    return edit(text);
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new Error(`${path}: ${reason.replace(/:$/, '')}; repair it, or set $KUBECONFIG to another file`, {
      cause,
    });
  }
}
