/**
 * The little of ELF (64 bit, little endian) the images need: which shared libraries a file asks
 * for, and how to wrap machine code into a static executable.
 */

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1;
const DT_STRTAB = 5;

export type Machine = 'amd64' | 'arm64';
const MACHINE_CODE: Record<Machine, number> = { amd64: 62, arm64: 183 };

export function isElf(body: Buffer): boolean {
  return body.length > HEADER_SIZE && body.readUInt32BE(0) === 0x7f454c46 && body[4] === 2 && body[5] === 1;
}

/** The sonames of DT_NEEDED and the loader's path (PT_INTERP), if any. */
export function elfNeeds(body: Buffer): {
  readonly libraries: string[];
  readonly interpreter: string | undefined;
} {
  const segments = programHeaders(body);
  const interp = segments.find(s => s.type === PT_INTERP);
  const interpreter = interp && body.toString('latin1', interp.offset, interp.offset + interp.fileSize - 1);
  const dynamic = segments.find(s => s.type === PT_DYNAMIC);
  if (!dynamic) return { libraries: [], interpreter };

  const names: number[] = [];
  let table = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.fileSize; at += 16) {
    const tag = Number(body.readBigInt64LE(at));
    const value = Number(body.readBigUInt64LE(at + 8));
    if (tag === 0) break;
    if (tag === DT_NEEDED) names.push(value);
    if (tag === DT_STRTAB) table = fileOffset(segments, value);
  }
  const text = (at: number) => body.toString('latin1', at, body.indexOf(0, at));
  return { libraries: names.map(n => text(table + n)), interpreter };
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

function programHeaders(body: Buffer): Segment[] {
  const start = Number(body.readBigUInt64LE(32));
  const size = body.readUInt16LE(54);
  return Array.from({ length: body.readUInt16LE(56) }, (_, i) => {
    const at = start + i * size;
    return {
      type: body.readUInt32LE(at),
      offset: Number(body.readBigUInt64LE(at + 8)),
      address: Number(body.readBigUInt64LE(at + 16)),
      fileSize: Number(body.readBigUInt64LE(at + 32)),
    };
  });
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const segment = segments.find(
    s => s.type === PT_LOAD && address >= s.address && address < s.address + s.fileSize,
  );
  if (!segment) throw new Error(`Cannot read ELF file: address ${address} is in no segment`);
  return segment.offset + address - segment.address;
}

/** A static executable of one read-only, executable segment: headers, then `code`, which starts at its first byte. */
export function staticExecutable(machine: Machine, code: Buffer): Buffer {
  const base = 0x400000n;
  const start = HEADER_SIZE + PROGRAM_HEADER_SIZE;
  const size = BigInt(start + code.length);
  const head = Buffer.alloc(start);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bit, little endian, version 1
  head.writeUInt16LE(2, 16); // ET_EXEC
  head.writeUInt16LE(MACHINE_CODE[machine], 18);
  head.writeUInt32LE(1, 20); // version
  head.writeBigUInt64LE(base + BigInt(start), 24); // entry point
  head.writeBigUInt64LE(BigInt(HEADER_SIZE), 32); // program headers
  head.writeUInt16LE(HEADER_SIZE, 52);
  head.writeUInt16LE(PROGRAM_HEADER_SIZE, 54);
  head.writeUInt16LE(1, 56); // one program header
  head.writeUInt32LE(PT_LOAD, 64);
  head.writeUInt32LE(5, 68); // readable, executable
  head.writeBigUInt64LE(base, 80);
  head.writeBigUInt64LE(base, 88);
  head.writeBigUInt64LE(size, 96);
  head.writeBigUInt64LE(size, 104);
  head.writeBigUInt64LE(0x10000n, 112); // alignment: the largest page arm64 uses
  return Buffer.concat([head, code]);
}
