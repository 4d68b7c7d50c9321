/**
 * Reads a container's log: what is there when it is asked for, then (follow) what is added, woken by
 * the file system. Without follow, what is added meanwhile is left out: the last two lines are two,
 * and a container that writes faster than its reader reads does not keep the answer from ending.
 * Rotation is followed: the file read so far is finished before the new one is begun. Ends when
 * the container has ended and all of it has been read, or when `signal` is aborted.
 *
 * Memory: a chunk of 64 KiB and the longest line (the runtime cuts lines at 16 KiB); for
 * `tailLines`, blocks from the end of the file.
 */
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { LogOptions } from '../../wire/streams/contract.ts';
import { type FileSystem, isMissing } from '../os.ts';
import { type LineFilter, lineFilter } from './line-filter.ts';
import { logFiles, openLogFile } from './log-file.ts';
import { tailOffset } from './tail.ts';

export interface ReadLogInput {
  readonly files: FileSystem;
  readonly clock: Clock;
  /** <n>.log of the container. */
  readonly path: string;
  readonly options: LogOptions;
  readonly signal: AbortSignal;
  /** Whether more may be written; asked after everything there was has been read. */
  readonly isRunning: () => boolean;
  /** Calls back when the container ends; returns the function that stops listening. */
  readonly onEnd: (listener: () => void) => () => void;
}

const CHUNK = 65_536;

/** The bytes a client gets; a chunk may have many lines. Destroying it stops the reading. */
export function readLog(input: ReadLogInput): Readable {
  return Readable.from(chunks(input), { objectMode: false });
}

async function* chunks(input: ReadLogInput): AsyncGenerator<Buffer> {
  const { files, path, options, signal } = input;
  const filter = lineFilter(options, input.clock.now());
  const all = await logFiles(files, path);
  const { from, offset, size } = await start(files, all, options);
  // In the midst of a rotation there are only files that were rotated away.
  for (const file of all.slice(from).filter(file => file !== path)) {
    yield* wholeFile(file, file === all[from] ? offset : 0, filter);
    if (filter.isFull || signal.aborted) return;
  }
  if (all.length === 0 && !options.follow) return;
  yield* currentFile(input, filter, all[from] === path ? offset : 0, size);
}

/** The file and the offset where the wanted lines begin; the size of the last file, if it was asked. */
async function start(files: FileSystem, all: readonly string[], { tailLines }: LogOptions) {
  let size: number | undefined;
  if (tailLines === undefined) return { from: 0, offset: 0, size };
  let begin = { from: 0, offset: 0 };
  let wanted = tailLines;
  for (const [from, file] of [...all.entries()].reverse()) {
    // Compressed files cannot be read from the end: all of it, then.
    if (file.endsWith('.gz')) return { from, offset: 0, size };
    const tail = await tailOf(files, file, wanted);
    if (!tail) continue;
    if (from === all.length - 1) size = tail.size;
    begin = { from, offset: tail.offset };
    if (tail.offset > 0 || tail.lines >= wanted) break;
    wanted -= tail.lines;
  }
  return { ...begin, size };
}

/** Undefined: the file has been renamed or removed since it was listed. */
async function tailOf(files: FileSystem, file: string, lines: number) {
  try {
    return await tailOffset(files, file, lines);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function* wholeFile(file: string, offset: number, filter: LineFilter): AsyncGenerator<Buffer> {
  const lines = new LineSplitter();
  try {
    for await (const chunk of openLogFile(file, offset) as AsyncIterable<Buffer>) {
      const bytes = collect(lines.push(chunk), filter);
      if (bytes.length > 0) yield bytes;
      if (filter.isFull) return;
    }
  } catch (error) {
    // Rotation has removed it since the files were listed: the oldest goes first.
    if (!isMissing(error)) throw error;
  }
}

async function* currentFile(
  input: ReadLogInput,
  filter: LineFilter,
  offset: number,
  size: number | undefined,
): AsyncGenerator<Buffer> {
  const { files, path, options, signal } = input;
  const news = options.follow ? new FileNews(path, signal, input.onEnd) : undefined;
  let handle = await openOrUndefined(files, path);
  const buffer = Buffer.alloc(CHUNK);
  const lines = new LineSplitter();
  let position = offset;
  let replaced = false;
  try {
    const end = news ? Number.POSITIVE_INFINITY : (size ?? (await handle?.stat())?.size ?? 0);
    for (;;) {
      const running = input.isRunning();
      for (;;) {
        if (!handle || position >= end) break;
        const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, end - position), position);
        if (bytesRead === 0) break;
        position += bytesRead;
        const bytes = collect(lines.push(buffer.subarray(0, bytesRead)), filter);
        if (bytes.length > 0) yield bytes;
        if (filter.isFull || signal.aborted) return;
      }
      if (!news || signal.aborted) return;
      if (replaced) {
        await handle?.close();
        handle = await openOrUndefined(files, path);
        position = 0;
        replaced = false;
        continue;
      }
      // What came to the old file between our last look and its end is read before the new one.
      replaced = await isReplaced(files, path, handle);
      if (replaced) continue;
      if (!running) return;
      await news.next();
      if (signal.aborted) return;
    }
  } finally {
    news?.close();
    await handle?.close();
  }
}

type Handle = Awaited<ReturnType<FileSystem['open']>>;

async function openOrUndefined(files: FileSystem, path: string): Promise<Handle | undefined> {
  try {
    return await files.open(path, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The log was rotated: another file has its name now. In the midst of it, none has. */
async function isReplaced(files: FileSystem, path: string, handle: Handle | undefined): Promise<boolean> {
  const open = await handle?.stat();
  try {
    return (await files.stat(path)).ino !== open?.ino;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function collect(lines: readonly Buffer[], filter: LineFilter): Buffer {
  const taken: Buffer[] = [];
  for (const line of lines) {
    const bytes = filter.take(line);
    if (bytes) taken.push(bytes);
  }
  return Buffer.concat(taken);
}

/** Whole lines out of chunks; keeps what has no end yet. */
class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Buffer[] {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : Buffer.from(chunk);
    const lines: Buffer[] = [];
    let from = 0;
    for (let to = data.indexOf(10, from); to >= 0; to = data.indexOf(10, from)) {
      lines.push(data.subarray(from, to));
      from = to + 1;
    }
    this.#rest = data.subarray(from);
    return lines;
  }
}

/** Tells when the file's folder has changed, the container has ended or the reader has gone. */
class FileNews {
  readonly #close: () => void;
  #pending = false;
  #wake: () => void = () => {};

  constructor(path: string, signal: AbortSignal, onEnd: ReadLogInput['onEnd']) {
    const notify = () => {
      this.#pending = true;
      this.#wake();
    };
    const watcher = watch(dirname(path), (_, name) => {
      if (name === null || name === basename(path)) notify();
    });
    watcher.on('error', notify);
    const stopListening = onEnd(notify);
    signal.addEventListener('abort', notify, { once: true });
    this.#close = () => {
      watcher.close();
      stopListening();
      signal.removeEventListener('abort', notify);
    };
  }

  /** Resolves at the first news since the last call. */
  async next(): Promise<void> {
    if (!this.#pending) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    this.#pending = false;
  }

  close(): void {
    this.#close();
  }
}
