/**
 * Picks programs out of Debian's files with exactly what they need to run: symbolic links are
 * followed, shared libraries and the loader are found by name.
 */
import { posix } from 'node:path';
import { mergedUsr } from './debian.ts';
import { elfNeeds, isElf } from './elf.ts';
import type { FileTree, ImageFile } from './image.ts';

/** @throws Error when a path or a library is in none of the packages */
export function withLibraries(files: FileTree, paths: readonly string[]): Map<string, ImageFile> {
  const picked = new Map<string, ImageFile>();
  const libraries = libraryPaths(files);

  const pick = (path: string, wantedBy: string): void => {
    if (picked.has(path)) return;
    const file = files.get(path);
    if (!file)
      throw new Error(`Cannot make an image: ${path}, wanted by ${wantedBy}, is in none of its packages`);
    picked.set(path, file);
    if (file.type === 'symlink') pick(linkTarget(path, file.target), path);
    if (file.type !== 'file' || !isElf(file.body)) return;
    const { libraries: needed, interpreter } = elfNeeds(file.body);
    if (interpreter) pick(mergedUsr(interpreter), path);
    for (const soname of needed) pick(libraries.get(soname) ?? soname, path);
  };
  for (const path of paths) pick(path, 'the image');
  return picked;
}

/** Where each library is, by its file name; the shortest path wins (no private subfolders). */
function libraryPaths(files: FileTree): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of files.keys()) {
    if (!path.startsWith('usr/lib') || !path.includes('.so')) continue;
    const name = posix.basename(path);
    const other = found.get(name);
    if (other === undefined || path.length < other.length) found.set(name, path);
  }
  return found;
}

function linkTarget(path: string, target: string): string {
  return mergedUsr(posix.isAbsolute(target) ? target : posix.join(posix.dirname(path), target));
}
