/**
 * Files of Debian's packages without installing them: `apt-get download` fetches the .deb files,
 * `dpkg-deb --fsys-tarfile` gives their content. Nothing on the machine is changed, so the dynamic
 * busybox can be had although the system has busybox-static, which excludes it.
 *
 * Dependencies are followed only through libraries (packages named lib… or zlib…): what else a
 * package depends on (debconf, iproute2, init scripts) is of no use inside an image. Where Debian
 * offers alternatives, the first is taken.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { extract } from 'tar-stream';
import type { DebianFiles, FileTree, ImageFile } from './image.ts';

const run = promisify(execFile);
const LIBRARY = /^(lib|zlib)/;
const DOCUMENTATION = /^usr\/share\/(doc|man|locale|info)\//;
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/** @param workDir where downloads are kept while images are made; removed by `dispose` */
export async function openDebian(workDir: string): Promise<DebianFiles & { dispose(): Promise<void> }> {
  await mkdir(workDir, { recursive: true });
  const dir = await mkdtemp(join(workDir, 'debs-'));
  const architecture = (await run('dpkg', ['--print-architecture'])).stdout.trim();
  const trees = new Map<string, FileTree>();
  /** Each call of apt-cache takes a second, whatever it is asked: ask once, for everything. */
  let available: Promise<ReadonlyMap<string, readonly string[]>> | undefined;

  async function download(names: readonly string[]): Promise<void> {
    const missing = names.filter(name => !trees.has(name));
    if (missing.length === 0) return;
    const target = await mkdtemp(join(dir, 'batch-'));
    // Downloading as user _apt, apt's default, fails where that user cannot write.
    await apt(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', ...missing], target);
    const files = await readdir(target);
    const unpack = async (name: string) => {
      const deb = files.find(f => f.startsWith(`${name}_`));
      if (!deb) throw new Error(`Cannot find package ${name}: apt-get download left no file for it`);
      trees.set(name, await readDeb(join(target, deb)));
    };
    await Promise.all(missing.map(unpack));
  }

  async function libraryClosure(names: readonly string[]): Promise<string[]> {
    available ??= apt(['apt-cache', 'dumpavail']).then(({ stdout }) => libraryDependencies(stdout));
    const dependencies = await available;
    const found = new Set<string>(names);
    // A set grows while it is iterated. Names without a stanza are virtual packages.
    for (const name of found) {
      for (const next of dependencies.get(name) ?? []) if (dependencies.has(next)) found.add(next);
    }
    return [...found].sort();
  }

  return {
    architecture,
    async packages(names) {
      try {
        await download(await libraryClosure(names));
      } catch (error) {
        // A machine made from a slim image has no package lists, or old ones that name what is gone.
        await apt(['apt-get', 'update', '-q']).catch(() => Promise.reject(error));
        available = undefined;
        await download(await libraryClosure(names));
      }
      const merged = new Map<string, ImageFile>();
      for (const name of await libraryClosure(names))
        for (const [path, file] of trees.get(name) ?? []) merged.set(path, file);
      return merged;
    },
    dispose: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Which libraries each package in the output of `apt-cache dumpavail` depends on. */
export function libraryDependencies(output: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const stanza of output.split('\n\n')) {
    const name = /^Package: (.*)$/m.exec(stanza)?.[1];
    if (name === undefined) continue;
    const needed = [...stanza.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)]
      .flatMap(([, list = '']) => list.split(','))
      .map(choice => /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(choice)?.[1] ?? '')
      .filter(dependency => LIBRARY.test(dependency));
    found.set(name, needed);
  }
  return found;
}

async function apt([command = '', ...args]: readonly string[], cwd = '/'): Promise<{ stdout: string }> {
  try {
    return await run(command, args, {
      cwd,
      maxBuffer: MAX_OUTPUT_BYTES,
      env: { ...process.env, LC_ALL: 'C' },
    });
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    const lines = stderr.split('\n').filter(line => line.startsWith('E:'));
    throw new Error(
      `Cannot get Debian packages for the sample images: ${lines.join(' ') || String(cause)} (is there a network?)`,
      { cause },
    );
  }
}

/** @throws Error when it is no package, or not all of one */
export async function readDeb(path: string): Promise<FileTree> {
  const child = spawn('dpkg-deb', ['--fsys-tarfile', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [files, complaint, code] = await Promise.all([readTar(child.stdout), text(child.stderr), ended]);
  if (code !== 0) throw new Error(`Cannot unpack ${path}: ${complaint.trim()}`);
  return files;
}

async function readTar(stream: Readable): Promise<FileTree> {
  const files = new Map<string, ImageFile>();
  for await (const entry of stream.pipe(extract())) {
    const { name, type, mode, linkname } = entry.header;
    const target = mergedUsr(name);
    if (DOCUMENTATION.test(target)) {
      entry.resume();
      continue;
    }
    const body = await buffer(entry);
    if (type === 'file') files.set(target, { type, mode, body });
    else if (type === 'symlink' && linkname) files.set(target, { type, target: linkname });
  }
  return files;
}

/** './lib/x' → 'usr/lib/x': Debian's packages still name both, its systems have one. */
export function mergedUsr(path: string): string {
  const clean = path.replace(/^\.?\//, '').replace(/\/$/, '');
  return /^(bin|sbin|lib|lib32|lib64)(\/|$)/.test(clean) ? `usr/${clean}` : clean;
}
