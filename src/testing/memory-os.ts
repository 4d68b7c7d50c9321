/**
 * A file system in memory and a command runner that only notes, for tests under the virtual clock:
 * no operation waits for a disk. It knows files, folders and links, and no permissions.
 */
import { posix } from 'node:path';
import type { FileSystem, OperatingSystem } from '../kubelet/os.ts';

type Entry =
  | { readonly type: 'file'; data: Buffer; mode: number }
  | { readonly type: 'directory'; mode: number }
  | { readonly type: 'link'; readonly target: string };

export interface MemoryOperatingSystem extends OperatingSystem {
  /** Paths and texts of all files. */
  files(): Readonly<Record<string, string>>;
  readonly ran: readonly string[];
  write(path: string, text: string): void;
}

const failure = (code: string, path: string) => Object.assign(new Error(`${code}: ${path}`), { code });

export function memoryOperatingSystem(): MemoryOperatingSystem {
  const entries = new Map<string, Entry>([['/', { type: 'directory', mode: 0o755 }]]);
  const ran: string[] = [];
  const parentOf = (path: string) => posix.dirname(path);

  /** Follows links in every part of the path (and in the last one unless `keepLast`). */
  const resolve = (path: string, keepLast = false): string => {
    let at = '/';
    const parts = posix.normalize(path).split('/').filter(Boolean);
    for (const [i, part] of parts.entries()) {
      at = posix.join(at, part);
      const entry = entries.get(at);
      if (entry?.type === 'link' && !(keepLast && i === parts.length - 1)) {
        at = resolve(posix.resolve(parentOf(at), entry.target));
      }
    }
    return at;
  };
  const get = (path: string, keepLast = false): Entry => {
    const entry = entries.get(resolve(path, keepLast));
    if (!entry) throw failure('ENOENT', path);
    return entry;
  };
  const makeDirectories = (path: string) => {
    for (let at = path; !entries.has(at); at = parentOf(at))
      entries.set(at, { type: 'directory', mode: 0o755 });
  };
  const write = (path: string, data: Buffer, mode = 0o644) => {
    const real = resolve(path);
    if (entries.get(parentOf(real))?.type !== 'directory') throw failure('ENOENT', path);
    entries.set(real, { type: 'file', data, mode });
  };
  const below = (path: string) => [...entries.keys()].filter(key => key.startsWith(`${path}/`));
  const statsOf = (entry: Entry) => ({
    isDirectory: () => entry.type === 'directory',
    isFile: () => entry.type === 'file',
    isSocket: () => false,
    isCharacterDevice: () => false,
    isBlockDevice: () => false,
    mode: entry.type === 'link' ? 0o777 : entry.mode,
    size: entry.type === 'file' ? entry.data.length : 0,
  });
  const fileOf = (path: string) => {
    const entry = get(path);
    if (entry.type !== 'file') throw failure('EISDIR', path);
    return entry;
  };

  const fs = {
    async mkdir(path: string, options?: { recursive?: boolean }) {
      const real = resolve(path);
      if (options?.recursive) return makeDirectories(real);
      if (entries.has(real)) throw failure('EEXIST', path);
      entries.set(real, { type: 'directory', mode: 0o755 });
    },
    async writeFile(path: string, data: string | Buffer, options?: { mode?: number }) {
      write(path, Buffer.from(data as string), options?.mode);
    },
    async appendFile(path: string, data: string) {
      const old = entries.get(resolve(path));
      write(path, Buffer.concat([old?.type === 'file' ? old.data : Buffer.alloc(0), Buffer.from(data)]));
    },
    async readFile(path: string, encoding?: string) {
      const { data } = fileOf(path);
      return encoding ? data.toString() : data;
    },
    async rm(path: string, options?: { recursive?: boolean; force?: boolean }) {
      const real = resolve(path, true);
      if (!entries.delete(real) && !options?.force) throw failure('ENOENT', path);
      if (options?.recursive) for (const key of below(real)) entries.delete(key);
    },
    async rmdir(path: string) {
      if (!entries.delete(resolve(path))) throw failure('ENOENT', path);
    },
    async symlink(target: string, path: string) {
      entries.set(resolve(path, true), { type: 'link', target });
    },
    async readlink(path: string) {
      const entry = get(path, true);
      if (entry.type !== 'link') throw failure('EINVAL', path);
      return entry.target;
    },
    async rename(from: string, to: string) {
      const entry = get(from, true);
      entries.delete(resolve(from, true));
      entries.set(resolve(to, true), entry);
    },
    async readdir(path: string) {
      const real = resolve(path);
      if (!entries.has(real)) throw failure('ENOENT', path);
      return below(real)
        .map(key => key.slice(real.length + 1))
        .filter(name => !name.includes('/'));
    },
    async lstat(path: string) {
      return statsOf(get(path, true));
    },
    async stat(path: string) {
      return statsOf(get(path));
    },
    async realpath(path: string) {
      return resolve(path);
    },
    async statfs() {
      return { blocks: 1000, bsize: 4096 };
    },
    async chmod() {},
    async chown() {},
    async open(path: string) {
      const { data } = fileOf(path);
      return {
        stat: async () => ({ size: data.length, ino: 1 }),
        async read(buffer: Buffer, offset: number, length: number, position: number) {
          return { bytesRead: data.copy(buffer, offset, position, position + length) };
        },
        async close() {},
      };
    },
  };
  makeDirectories('/proc/self');
  write('/proc/self/mounts', Buffer.from('cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n'));
  write('/proc/self/mountinfo', Buffer.alloc(0));
  write('/proc/meminfo', Buffer.from('MemTotal:       16777216 kB\n'));
  return {
    fs: fs as unknown as FileSystem,
    commands: {
      async run(command) {
        ran.push(command.join(' '));
        return { stdout: '', stderr: '' };
      },
    },
    files: () =>
      Object.fromEntries(
        [...entries].flatMap(([path, entry]) =>
          entry.type === 'file' ? [[path, entry.data.toString()]] : [],
        ),
      ),
    ran,
    write: (path, text) => {
      makeDirectories(parentOf(path));
      write(path, Buffer.from(text));
    },
  };
}
