/**
 * The file of a snapshot: plain, so that other programs can read it, and complete or refused.
 *
 *   peapod snapshot 1\n
 *   {"cluster":…,"takenAt":…,"revision":…,"objects":…,"settings":{…}}\n
 *   <create revision> <modification revision> <bytes of key> <bytes of value>\n<key><value>\n    for each object, in key order (store/entry-frames.ts)
 *   sha256 <64 hexadecimal digits>\n        of everything before this line
 *
 * Numbers are decimal. Keys are UTF-8, `/registry/<group or core>/<plural>/[<namespace>/]<name>`;
 * values are the objects' JSON as it is stored, without resourceVersion (that is the modification
 * revision). Secrets are in it as they are: the file is for its owner only.
 */
import { createHash, type Hash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { Entry, ListResult } from '../../store/contract.ts';
import { frameEntry, readFrames } from '../../store/entry-frames.ts';

const FIRST_LINE = 'peapod snapshot 1\n';
const ANY_FIRST_LINE = /^peapod snapshot \d+\n/;
const TRAILER = /^sha256 ([0-9a-f]{64})\n$/;
const TRAILER_BYTES = 'sha256 '.length + 64 + 1;
const WRITE_BYTES = 1024 * 1024;

/** What the addresses in the objects come from: a cluster that is made from the snapshot takes it over. */
export interface SnapshotSettings {
  readonly port: number;
  readonly nodeName: string;
  readonly serviceCidr: string;
  readonly podCidr: string;
  readonly clusterDomain: string;
}

export interface SnapshotHeader {
  readonly cluster: string;
  /** RFC 3339. */
  readonly takenAt: string;
  /** All objects are as they were after this one. */
  readonly revision: number;
  readonly objects: number;
  readonly settings: SnapshotSettings;
}

export interface Snapshot {
  readonly header: SnapshotHeader;
  readonly entries: readonly Entry[];
}

/** What is wrong with a file, in one line. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/** Written beside its name first: under its name it is complete. @returns its size in bytes */
export async function writeSnapshot(
  path: string,
  about: Omit<SnapshotHeader, 'revision' | 'objects'>,
  { entries, revision: at }: ListResult,
): Promise<number> {
  const header: SnapshotHeader = { ...about, revision: at, objects: entries.length };
  const scratch = `${path}.part`;
  const file = await open(scratch, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for (const chunk of chunksOf(header, entries, hash)) {
      await file.write(chunk);
      size += chunk.length;
    }
    await file.sync();
    await file.close();
    await rename(scratch, path);
    return size;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(scratch, { force: true });
    throw error;
  }
}

function* chunksOf(header: SnapshotHeader, entries: readonly Entry[], hash: Hash): Generator<Buffer> {
  let waiting: Buffer[] = [Buffer.from(`${FIRST_LINE}${JSON.stringify(header)}\n`)];
  let bytes = 0;
  const flush = () => {
    const chunk = Buffer.concat(waiting);
    hash.update(chunk);
    waiting = [];
    bytes = 0;
    return chunk;
  };
  for (const entry of entries) {
    waiting.push(...frameEntry(entry));
    bytes += entry.value.length;
    if (bytes >= WRITE_BYTES) yield flush();
  }
  yield flush();
  yield Buffer.from(`sha256 ${hash.digest('hex')}\n`);
}

/** @throws SnapshotError: cannot be read, is no snapshot, of a later version, damaged or cut short */
export async function readSnapshot(path: string): Promise<Snapshot & { readonly bytes: number }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(cause);
    throw new SnapshotError(`${path} cannot be read: ${reason}`, { cause });
  }
  return { ...parseSnapshot(path, bytes), bytes: bytes.length };
}

function parseSnapshot(path: string, bytes: Buffer): Snapshot {
  const start = bytes.toString('latin1', 0, 32);
  if (!ANY_FIRST_LINE.test(start)) throw new SnapshotError(`${path} is no snapshot`);
  if (!start.startsWith(FIRST_LINE)) {
    throw new SnapshotError(`${path} is a snapshot of a version this Peapod does not know`);
  }
  const end = bytes.length - TRAILER_BYTES;
  const digest = TRAILER.exec(bytes.toString('latin1', Math.max(0, end)))?.[1];
  if (!digest) throw new SnapshotError(`${path} is cut short: its last line is missing`);
  const body = bytes.subarray(0, end);
  if (createHash('sha256').update(body).digest('hex') !== digest) {
    throw new SnapshotError(`${path} is damaged: its content does not have the checksum at its end`);
  }
  // From here on the content is what was written, so it has the right form.
  const headerEnd = body.indexOf('\n', FIRST_LINE.length);
  const header = JSON.parse(body.toString('utf8', FIRST_LINE.length, headerEnd)) as SnapshotHeader;
  return { header, entries: readFrames(body.subarray(headerEnd + 1)) };
}
