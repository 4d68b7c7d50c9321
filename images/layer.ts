/**
 * A layer of an image as a tar: sorted by path, owned by root, all times at the epoch, so that the
 * same files always give the same digest. Directories above a file are added where the tree does
 * not name them.
 */
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { directory, type FileTree, type ImageFile } from './image.ts';

const EPOCH = new Date(0);

export async function layerTar(tree: FileTree): Promise<Buffer> {
  const tar = pack();
  const bytes = buffer(tar);
  for (const [path, entry] of [...withParents(tree)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const header = { name: path, uid: 0, gid: 0, uname: '', gname: '', mtime: EPOCH };
    if (entry.type === 'directory')
      tar.entry({ ...header, name: `${path}/`, type: 'directory', mode: entry.mode });
    else if (entry.type === 'symlink')
      tar.entry({ ...header, type: 'symlink', mode: 0o777, linkname: entry.target });
    else tar.entry({ ...header, type: 'file', mode: entry.mode }, entry.body);
  }
  tar.finalize();
  return bytes;
}

function withParents(tree: FileTree): Map<string, ImageFile> {
  const all = new Map(tree);
  for (const path of tree.keys()) {
    for (let up = posix.dirname(path); up !== '.' && !all.has(up); up = posix.dirname(up))
      all.set(up, directory());
  }
  return all;
}
