/** The files of one container's log: the one that is written, and those rotated away, oldest first. */
import { createReadStream } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type FileSystem, isMissing } from '../os.ts';

/** <n>.log and <n>.log.<time>[.gz], oldest first. */
export async function logFiles(files: FileSystem, path: string): Promise<readonly string[]> {
  const name = basename(path);
  let entries: string[];
  try {
    entries = await files.readdir(dirname(path));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const rotated = entries.filter(entry => entry.startsWith(`${name}.`) && !entry.endsWith('.tmp')).sort();
  const current = entries.includes(name) ? [name] : [];
  return [...rotated, ...current].map(entry => join(dirname(path), entry));
}

/**
 * What is in a log file, without its compression.
 * @param start the byte to begin with; 0 for a compressed file
 */
export function openLogFile(path: string, start = 0): Readable {
  const raw = createReadStream(path, { start });
  if (!path.endsWith('.gz')) return raw;
  // What goes wrong, and a reader who stops, concerns both: the reader of the one sees it.
  return pipeline(raw, createGunzip(), () => {});
}
