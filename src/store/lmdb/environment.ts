/** The LMDB files: opening them, owning them, and what their errors mean to a person. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { type Revision, revision, StoreIoError } from '../contract.ts';
import { decodeRevision, encodeRevision, FORMAT } from './codec.ts';
import { findDamage, HEAD_BYTES } from './file-check.ts';
import { isRunning, type Owner, thisProcess } from './owner.ts';

type Table = Database<Buffer, Buffer>;

/**
 * Rows that are put in key order: LMDB then fills its pages instead of splitting them in halves,
 * which saves a third of the file. (lmdb takes the option; its types know it only for putSync.)
 */
interface LogTable extends Table {
  put(key: Buffer, value: Buffer, options: { readonly append: true }): Promise<boolean>;
  put(key: Buffer, value: Buffer): Promise<boolean>;
}

export interface Environment {
  readonly path: string;
  readonly root: RootDatabase<Buffer, Buffer>;
  readonly log: LogTable;
  readonly keys: Table;
  readonly meta: Database<Buffer, string>;
}

/** Two to five objects a page; with 4 KiB most would take a page or two of their own. */
const PAGE_BYTES = 8192;
export const FILE = 'store.mdb';

/** Files this process has open. lmdb would give a second opener the same memory map. */
const openHere = new Set<string>();

export interface OpenOptions {
  /** The revision a store that is made anew begins after; absent: 0. */
  readonly first?: Revision | undefined;
}

/**
 * @throws StoreIoError: another process has it open, the file is not a store, no permission
 */
export function openEnvironment(directory: string, options: OpenOptions = {}): Environment {
  const { first } = options;
  const path = resolve(directory, FILE);
  if (openHere.has(path)) throw heldBy(path, process.pid);
  let opened: RootDatabase<Buffer, Buffer> | undefined;
  try {
    assertSound(path);
    opened = open<Buffer, Buffer>({
      path,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 4,
      pageSize: PAGE_BYTES,
      // LMDB's own order: pages, sync, meta page, sync; answered after that. The overlapping mode
      // answers after one sync and needs the previous snapshot after a power loss.
      overlappingSync: false,
      // With it, lmdb makes a promise of its own for each turn, which nobody sees reject.
      eventTurnBatching: false,
    });
    const root = opened;
    const table = (name: string): Table =>
      root.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    const environment: Environment = {
      path,
      root,
      log: table('log') as LogTable,
      keys: table('keys'),
      meta: root.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' }),
    };
    root.transactionSync(() => claim(environment, first));
    openHere.add(path);
    return environment;
  } catch (error) {
    void opened?.close();
    throw ioError(`open the store ${path}`, error);
  }
}

/** Lets another process have the store, and closes the files. */
export async function closeEnvironment(environment: Environment): Promise<void> {
  const { root, meta } = environment;
  try {
    await root.batch(() => void meta.remove('owner'));
  } catch {
    // The disk is full. The claim ends with this process all the same.
  }
  await root.close();
  openHere.delete(environment.path);
}

export const heldBy = (path: string, pid: number | string) =>
  new StoreIoError(`Cannot open the store ${path}: process ${pid} has it open`);

export function readMetaRevision({ meta }: Environment, name: 'compacted' | 'swept'): Revision {
  const bytes = meta.get(name);
  return bytes ? decodeRevision(bytes) : revision(0);
}

export const metaRevision = encodeRevision;

/** @returns whether there is a store */
function assertFormat({ meta, path }: Environment): boolean {
  const format = meta.get('format');
  if (format && format.readUInt32BE(0) !== FORMAT) {
    throw new StoreIoError(
      `Cannot open the store ${path}: it has format ${format.readUInt32BE(0)}, this Peapod knows ${FORMAT}`,
    );
  }
  return format !== undefined;
}

/** In a write transaction, which only one process can be in. */
function claim(environment: Environment, first: Revision | undefined): void {
  const { meta, path } = environment;
  const isMade = assertFormat(environment);
  const claimed = meta.get('owner');
  if (claimed) {
    const owner = JSON.parse(claimed.toString()) as Owner;
    if (owner.pid !== process.pid && isRunning(owner)) throw heldBy(path, owner.pid);
  }
  if (!isMade) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(FORMAT);
    meta.putSync('format', bytes);
    // As if everything up to there had been written, deleted and compacted.
    if (first) for (const name of ['compacted', 'swept']) meta.putSync(name, encodeRevision(first));
  }
  meta.putSync('owner', Buffer.from(JSON.stringify(thisProcess())));
}

function assertSound(path: string): void {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0) return;
  const head = Buffer.alloc(Math.min(HEAD_BYTES, sizeBytes));
  const file = openSync(path, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const damage = findDamage(head, sizeBytes);
  if (damage) throw new StoreIoError(`Cannot open the store ${path}: ${damage}`);
}

const MEANINGS: readonly [RegExp, string][] = [
  [/ENOSPC|No space left/i, 'the disk is full'],
  [/EFBIG|File too large/i, 'the file would exceed the size limit of the process or file system'],
  // What LMDB makes of a page of which only a part could be written.
  [/EIO|Input\/output error/i, 'the disk is full or fails'],
  [/EDQUOT|quota/i, 'the disk quota is used up'],
  [/EACCES|EPERM|Permission denied/i, 'permission denied'],
  [/EROFS|Read-only file system/i, 'the file system is read-only'],
  [/ENOENT/i, 'the directory cannot be made'],
  [
    /MDB_INVALID|not an LMDB file|MDB_VERSION_MISMATCH|MDB_CORRUPTED|MDB_PAGE_NOTFOUND/i,
    'the file is damaged or not a store',
  ],
];

/** One line for a person: what could not be done and why; the cause is kept. */
export function ioError(action: string, error: unknown): StoreIoError {
  if (error instanceof StoreIoError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(message))?.[1];
  const line = message.split('\n', 1)[0];
  return new StoreIoError(`Cannot ${action}: ${meaning ? `${meaning} (${line})` : line}`, { cause: error });
}
