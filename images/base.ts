/**
 * The layer under busyboxplus and myapp: Debian's dynamic busybox with its applets, the C library
 * with name resolution (the static busybox crashes when it resolves a name), users and groups.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { mergedUsr } from './debian.ts';
import { type DebianFiles, directory, type FileTree, file, type ImageFile, symlink } from './image.ts';
import { withLibraries } from './programs.ts';

const run = promisify(execFile);
const BUSYBOX = 'usr/bin/busybox';

const made = new WeakMap<DebianFiles, Promise<FileTree>>();

/** The same layer, byte for byte, for every image made from the same packages. */
export function baseLayer(debian: DebianFiles): Promise<FileTree> {
  let layer = made.get(debian);
  if (!layer) made.set(debian, (layer = makeLayer(debian)));
  return layer;
}

async function makeLayer(debian: DebianFiles): Promise<FileTree> {
  const files = await debian.packages(['busybox', 'libc6']);
  // The C library opens these by name when it resolves users and hosts.
  const resolvers = [...files.keys()].filter(path => /\/lib(nss_(dns|files)|resolv)\.so\.2$/.test(path));
  const tree = new Map<string, ImageFile>([
    ...withLibraries(files, [BUSYBOX, ...resolvers]),
    ...['bin', 'sbin', 'lib', 'lib64'].map((name): [string, ImageFile] => [name, symlink(`usr/${name}`)]),
    ...['dev', 'proc', 'sys', 'run', 'usr/sbin', 'usr/lib64', 'var'].map((name): [string, ImageFile] => [
      name,
      directory(),
    ]),
    ['root', directory(0o700)],
    ['home', directory()],
    ['tmp', directory(0o1777)],
    ['var/tmp', directory(0o1777)],
    ['etc/passwd', file(USERS)],
    ['etc/group', file(GROUPS)],
    ['etc/nsswitch.conf', file('passwd: files\ngroup: files\nhosts: files dns\nservices: files\n')],
  ]);
  for (const applet of await busyboxApplets(tree)) {
    const path = mergedUsr(applet);
    if (!tree.has(path)) tree.set(path, symlink(`/${BUSYBOX}`));
  }
  return tree;
}

const USERS = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const GROUPS = `root:x:0:
daemon:x:1:
tty:x:5:
www-data:x:33:
users:x:100:
nogroup:x:65534:
`;

/** What this build of busybox offers, asked of itself, run with its own loader and libraries. */
async function busyboxApplets(tree: FileTree): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'peapod-busybox-'));
  try {
    let loader = '';
    for (const [path, entry] of tree) {
      if (entry.type !== 'file' || !/\.so|busybox$/.test(path)) continue;
      const target = join(dir, posix.basename(path));
      await writeFile(target, entry.body, { mode: 0o755 });
      if (posix.basename(path).startsWith('ld-linux')) loader = target;
    }
    for (const [path, entry] of tree) {
      if (entry.type !== 'symlink' || !path.includes('.so')) continue;
      const resolved =
        tree.get(mergedUsr(entry.target)) ?? tree.get(posix.join(posix.dirname(path), entry.target));
      if (resolved?.type === 'file')
        await writeFile(join(dir, posix.basename(path)), resolved.body, { mode: 0o755 });
    }
    const { stdout } = await run(loader, ['--library-path', dir, join(dir, 'busybox'), '--list-full']);
    return stdout.split('\n').filter(Boolean);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
