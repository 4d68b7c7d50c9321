import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extractFromZip } from './zip.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-zip-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** A zip as written by hand from the format's description: local headers, directory, end record. */
function zip(files: Readonly<Record<string, { body: string; deflate: boolean; size?: number }>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, { body, deflate, size = body.length }] of Object.entries(files)) {
    const content = deflate ? deflateRawSync(body) : Buffer.from(body);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(4, 28); // an extra field, which the directory has not
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(content.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    const record = Buffer.concat([local, Buffer.from(name), Buffer.alloc(4), content]);
    locals.push(record);
    directory.push(entry, Buffer.from(name));
    offset += record.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end, Buffer.from('a comment')]);
}

async function take(archive: Buffer, name: string): Promise<string> {
  await writeFile(join(dir, 'a.zip'), archive);
  await extractFromZip(join(dir, 'a.zip'), name, join(dir, 'out'));
  return readFile(join(dir, 'out'), 'utf8');
}

test('a file is taken out whether it is stored or deflated', async () => {
  const archive = zip({
    'a/b': { body: 'stored', deflate: false },
    c: { body: 'deflated'.repeat(99), deflate: true },
  });
  expect(await take(archive, 'a/b')).toBe('stored');
  expect(await take(archive, 'c')).toBe('deflated'.repeat(99));
});

test('what is no zip, lacks the file or is cut short is refused', async () => {
  await expect(take(Buffer.from('no zip'), 'a')).rejects.toThrow('it is no zip archive');
  await expect(take(zip({}), 'a')).rejects.toThrow('it has no a');
  await expect(take(zip({ a: { body: 'x', deflate: true, size: 5 } }), 'a')).rejects.toThrow(
    '1 bytes instead of 5',
  );
});
