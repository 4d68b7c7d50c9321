/**
 * GET /logs/…: the node's log files, those of the cluster's own components. Folders are shown as a
 * list of links. Nothing outside the folder is shown, not through links either.
 */
import { join, posix, sep } from 'node:path';
import { StatusError } from '../../api/status-error.ts';
import type { FileSystem } from '../os.ts';
import { type KubeletHandler, textAnswer } from './answer.ts';

/** The handler throws StatusError 404 for what is not in `directory`, or is neither file nor folder. */
export function logFiles(files: FileSystem, directory: string): KubeletHandler {
  return async (_request, rest) => {
    const name = posix.normalize(`/${rest.join('/')}`);
    const path = await insideOf(files, directory, name);
    const stats = await files.stat(path);
    if (stats.isDirectory()) {
      const entries = await files.readdir(path, { withFileTypes: true });
      const names = entries.map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
      const links = names.map(entry => `<a href="${encodeURI(entry)}">${escaped(entry)}</a>\n`).join('');
      return { status: 200, contentType: 'text/html; charset=utf-8', body: `<pre>\n${links}</pre>\n` };
    }
    if (!stats.isFile()) throw notFound(name);
    const handle = await files.open(path, 'r');
    return textAnswer(200, handle.createReadStream());
  };
}

/** @throws StatusError 404 */
async function insideOf(files: FileSystem, directory: string, name: string): Promise<string> {
  try {
    const [root, path] = await Promise.all([
      files.realpath(directory),
      files.realpath(join(directory, name)),
    ]);
    if (path === root || path.startsWith(root + sep)) return path;
  } catch {
    // Not there, which the client is told in the same words as what it may not see.
  }
  throw notFound(name);
}

const notFound = (name: string) =>
  new StatusError({ reason: 'NotFound', message: `there is no log file ${JSON.stringify(name)}` });

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
