/**
 * Writes a volume's files so that a reader sees either all old ones or all new ones: the files
 * are written into a new folder `..<time>`, the link `..data` is moved onto it in one rename, and
 * the visible names are links through `..data` (upstream's layout, which programs that watch
 * their configuration rely on).
 */
import { dirname, join } from 'node:path';
import { exists, type FileSystem, isMissing } from '../os.ts';
import { type FileContent, isSamePayload, type Payload } from './payload.ts';

export interface WriteOptions {
  readonly directory: string;
  readonly payload: Payload;
  /** Owner of every file; absent: root. */
  readonly owner?: { readonly uid?: number | undefined; readonly gid?: number | undefined };
  readonly nowMs: number;
}

/** False: the volume had exactly these files, and nothing was touched. */
export async function writeAtomically(files: FileSystem, options: WriteOptions): Promise<boolean> {
  const { directory, payload, owner, nowMs } = options;
  await files.mkdir(directory, { recursive: true });
  const dataLink = join(directory, '..data');
  const current = await readLink(files, dataLink);
  if (current) {
    const before = await readPayload(files, join(directory, current));
    if (isSamePayload(before, payload)) return false;
  }

  const stamp = await freshName(files, directory, nowMs);
  const target = join(directory, stamp);
  await files.mkdir(target, { mode: 0o755 });
  for (const [path, { data, mode }] of payload) {
    const file = join(target, path);
    if (path.includes('/')) await files.mkdir(dirname(file), { recursive: true });
    await files.writeFile(file, data, { mode });
    // The mode of creation is narrowed by the umask.
    await files.chmod(file, mode);
    if (owner) await files.chown(file, owner.uid ?? 0, owner.gid ?? 0);
  }
  const temporary = join(directory, '..data_tmp');
  await files.rm(temporary, { force: true });
  await files.symlink(stamp, temporary);
  await files.rename(temporary, dataLink);

  await linkNames(files, directory, payload);
  if (current && current !== stamp)
    await files.rm(join(directory, current), { recursive: true, force: true });
  return true;
}

/** The visible names: the first part of each path, as a link into ..data. */
async function linkNames(files: FileSystem, directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map(path => path.split('/')[0] ?? ''));
  for (const name of await files.readdir(directory)) {
    if (!name.startsWith('..') && !wanted.has(name)) {
      await files.rm(join(directory, name), { recursive: true, force: true });
    }
  }
  for (const name of wanted) {
    const link = join(directory, name);
    if (!(await exists(files, link))) await files.symlink(join('..data', name), link);
  }
}

async function freshName(files: FileSystem, directory: string, nowMs: number): Promise<string> {
  const base = `..${new Date(nowMs).toISOString().replace(/[-:TZ.]/g, '_')}`;
  for (let n = 0; ; n++) {
    const name = `${base}${n}`;
    if (!(await exists(files, join(directory, name)))) return name;
  }
}

async function readLink(files: FileSystem, path: string): Promise<string | undefined> {
  try {
    return await files.readlink(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function readPayload(files: FileSystem, directory: string, prefix = ''): Promise<Payload> {
  const payload = new Map<string, FileContent>();
  let entries: Awaited<ReturnType<FileSystem['readdir']>> | string[];
  try {
    entries = await files.readdir(join(directory, prefix));
  } catch (error) {
    if (isMissing(error)) return payload;
    throw error;
  }
  for (const name of entries as string[]) {
    const path = prefix ? `${prefix}/${name}` : name;
    const info = await files.stat(join(directory, path));
    if (info.isDirectory()) {
      for (const [inner, content] of await readPayload(files, directory, path)) payload.set(inner, content);
    } else {
      payload.set(path, { data: await files.readFile(join(directory, path)), mode: info.mode & 0o777 });
    }
  }
  return payload;
}
