/**
 * What other processes may have of a store that is open: everything in it, at one revision. They ask
 * its owner over a socket beside the files, and do not open the files.
 *
 *   owner ─► peapod store 1 <pid>\n
 *   asker ─► read\n
 *   owner ─► <revision>\n   frames (entry-frames.ts) in key order   end\n
 *
 * A connection that ends without `end` has told too little. The owner reads a part, waits until it is
 * taken, and reads the next: an asker that is slow, or goes away, holds up nobody.
 *
 * Why not open the files twice, which LMDB allows: lmdb 3.5 keeps the list of free pages in its own
 * way, and a process that opens and closes the files beside one that writes makes it hand out pages that
 * are in use. Commits that had been answered were lost, once in some thousand times (docs/flakes.md).
 * So whoever opens a store asks here first. Two that open it in the same moment both hear nobody;
 * between them decides the claim in the store (owner.ts).
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Entry, type ListResult, type Revision, revision, StoreIoError } from '../contract.ts';
import { frameEntry, readFrames } from '../entry-frames.ts';

const SOCKET = 'store.sock';
const GREETING = /^peapod store 1 (\d+)\n/;
const REQUEST = 'read\n';
const END = Buffer.from('end\n');
const PART_BYTES = 512 * 1024;
/** An owner that is stopped, or busy for so long, owns it all the same. */
const ANSWER_MS = 10_000;
/** Of macOS, where it is least. */
const MAX_ADDRESS_BYTES = 103;

export interface Source {
  revision(): Revision;
  /** Empty: there is nothing after that key. @throws when the revision is compacted, or the store closed */
  part(startAfter: string | undefined, bytes: number, at: Revision): readonly Entry[];
}

export interface Beside {
  /** Ends the conversations under way. */
  close(): Promise<void>;
}

/** For the one that owns the store. @throws when the socket cannot be made */
export async function serveBeside(directory: string, source: Source): Promise<Beside> {
  const open = new Set<Socket>();
  const server = createServer(socket => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.write(`peapod store 1 ${process.pid}\n`);
    socket.once('data', request => {
      if (request.toString('latin1') === REQUEST) void tell(socket, source);
      else socket.destroy();
    });
  });
  // Of an owner that was killed.
  await rm(join(directory, SOCKET), { force: true });
  await atSocket(directory, path => listen(server, path));
  server.unref();
  return {
    close: () =>
      new Promise(resolve => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/**
 * Addresses of sockets are short (unix(7): 108 bytes). A directory with a longer path is gone through by
 * its descriptor. `use` must look at the path before it returns.
 */
function atSocket<T>(directory: string, use: (path: string) => T): T {
  const path = join(directory, SOCKET);
  if (Buffer.byteLength(path) <= MAX_ADDRESS_BYTES) return use(path);
  const descriptor = openSync(directory, 'r');
  try {
    return use(`/proc/self/fd/${descriptor}/${SOCKET}`);
  } finally {
    closeSync(descriptor);
  }
}

/** Only this user may connect: the socket is made without rights for others. */
function listen(server: Server, path: string): Promise<void> {
  const mask = process.umask(0o077);
  try {
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        // A connection that cannot be accepted is the asker's loss.
        server.off('error', reject).on('error', () => {});
        resolve();
      });
    });
  } finally {
    process.umask(mask);
  }
}

async function tell(socket: Socket, source: Source): Promise<void> {
  try {
    const at = source.revision();
    socket.write(`${at}\n`);
    let last: string | undefined;
    for (;;) {
      const part = source.part(last, PART_BYTES, at);
      if (part.length === 0) break;
      last = part.at(-1)?.key;
      if (!(await taken(socket, Buffer.concat(part.flatMap(frameEntry))))) return;
    }
    socket.end(END);
  } catch {
    socket.destroy();
  }
}

/** Whether the other side took it; false: it has gone. */
const taken = (socket: Socket, bytes: Buffer): Promise<boolean> =>
  new Promise(resolve => {
    const gone = () => resolve(false);
    if (socket.destroyed) return gone();
    socket.once('close', gone);
    socket.write(bytes, error => {
      socket.off('close', gone);
      resolve(!error);
    });
  });

/** The process that has the store open: its pid, or what is known of it; undefined: nobody. */
export async function ownerOf(directory: string): Promise<string | undefined> {
  const conversation = await converse(directory, '');
  if (!conversation) return undefined;
  return GREETING.exec(conversation.toString('latin1', 0, 64))?.[1] ?? '(which does not answer)';
}

/** Everything, told by the process that has the store open; undefined: nobody has. @throws StoreIoError */
export async function askOwner(directory: string): Promise<ListResult | undefined> {
  const told = await converse(directory, REQUEST);
  if (!told) return undefined;
  const greeting = GREETING.exec(told.toString('latin1', 0, 64))?.[0];
  if (!greeting || !told.subarray(-END.length).equals(END))
    throw new StoreIoError(
      `Cannot read the store in ${directory}: the process that has it open did not tell all of it; try again`,
    );
  const start = told.indexOf('\n', greeting.length);
  return {
    revision: revision(Number(told.toString('latin1', greeting.length, start))),
    entries: readFrames(told.subarray(start + 1, -END.length)),
    remaining: 0,
  };
}

/**
 * What the owner says to `request`; without one, its greeting. What there is of it when it falls
 * silent. Undefined: nobody listens.
 */
async function converse(directory: string, request: string): Promise<Buffer | undefined> {
  if (!existsSync(join(directory, SOCKET))) return undefined;
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    const socket = atSocket(directory, path => connect(path));
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      if (request) socket.write(request);
    });
    socket.on('data', chunk => {
      chunks.push(chunk);
      if (!request) socket.destroy();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(connected ? Buffer.concat(chunks) : undefined));
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
  });
}
