/**
 * Takes one file out of a zip archive, streaming. Only what such archives need: entries stored or
 * deflated, sizes below 4 GiB (no zip64), one disk.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const LOCAL_HEADER_SIZE = 30;
const STORED = 0;
const DEFLATED = 8;

interface ZipEntry {
  readonly method: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

/** @throws Error when the archive is broken or has no such file */
export async function extractFromZip(archive: string, name: string, target: string): Promise<void> {
  await using handle = await open(archive);
  const entry = (await readDirectory(handle, archive)).get(name);
  if (!entry) throw new Error(`Cannot unpack ${archive}: it has no ${name}`);
  const header = await readAt(handle, entry.headerOffset, LOCAL_HEADER_SIZE);
  const start = entry.headerOffset + LOCAL_HEADER_SIZE + header.readUInt16LE(26) + header.readUInt16LE(28);
  const content = createReadStream(archive, { start, end: start + entry.compressedSize - 1 });
  const output = createWriteStream(target, { mode: 0o755 });
  if (entry.method === STORED) await pipeline(content, output);
  else if (entry.method === DEFLATED) await pipeline(content, createInflateRaw(), output);
  else throw new Error(`Cannot unpack ${name}: compression method ${entry.method} is not supported`);
  if (output.bytesWritten !== entry.size) {
    throw new Error(`Cannot unpack ${name}: it has ${output.bytesWritten} bytes instead of ${entry.size}`);
  }
}

async function readDirectory(handle: FileHandle, archive: string): Promise<Map<string, ZipEntry>> {
  const { size } = await handle.stat();
  const tailSize = Math.min(size, END_SIZE + MAX_COMMENT);
  const tail = await readAt(handle, size - tailSize, tailSize);
  let end = tail.length - END_SIZE;
  while (end >= 0 && tail.readUInt32LE(end) !== END_SIGNATURE) end--;
  if (end < 0) throw new Error(`Cannot unpack ${archive}: it is no zip archive`);

  const entries = new Map<string, ZipEntry>();
  const directory = await readAt(handle, tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === ENTRY_SIGNATURE; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.set(directory.toString('utf8', at + 46, at + 46 + nameLength), {
      method: directory.readUInt16LE(at + 10),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      headerOffset: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
