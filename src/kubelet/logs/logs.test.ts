import { appendFile, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import type { LogOptions } from '../../wire/streams/contract.ts';
import { createFakeRuntime } from '../cri/fake.ts';
import { hostOperatingSystem } from '../os.ts';
import { parseCriLine } from './cri-line.ts';
import { lineFilter } from './line-filter.ts';
import { readLog } from './read-log.ts';
import { rotateOne } from './rotation.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pp-kubelet-logs-'));
  path = join(directory, '0.log');
});
afterEach(() => rm(directory, { recursive: true }));

const line = (text: string, stream = 'stdout', tag = 'F', second = 0) =>
  `2026-01-31T12:00:${String(second).padStart(2, '0')}.123456789Z ${stream} ${tag} ${text}\n`;

const { fs: files } = hostOperatingSystem;
function open(options: LogOptions, running: () => boolean = () => false, fileSystem = files) {
  const ends = new Set<() => void>();
  const controller = new AbortController();
  const stream = readLog({
    files: fileSystem,
    clock: systemClock,
    path,
    options,
    signal: controller.signal,
    isRunning: running,
    onEnd: listener => {
      ends.add(listener);
      return () => ends.delete(listener);
    },
  });
  return { stream, abort: () => controller.abort(), end: () => ends.forEach(tell => tell()), ends };
}
async function read(options: LogOptions = {}): Promise<string> {
  let text = '';
  for await (const chunk of open(options).stream) text += chunk;
  return text;
}

test('a line has a time, a stream, perhaps no end, and any bytes', () => {
  expect(parseCriLine(Buffer.from(line('a b ').trimEnd()))).toMatchObject({
    stream: 'stdout',
    isPart: false,
  });
  expect(parseCriLine(Buffer.from('2026 stderr P x'))?.content.toString()).toBe('x');
  expect(parseCriLine(Buffer.from('2026 stdout F'))?.content.toString()).toBe('\n');
  expect(parseCriLine(Buffer.from('garbage'))).toBeUndefined();
});

test('parts of a line are joined, and have one timestamp', async () => {
  await writeFile(path, line('long', 'stdout', 'P') + line('er') + line('next'));
  expect(await read()).toBe('longer\nnext\n');
  expect(await read({ timestamps: true })).toBe(
    '2026-01-31T12:00:00.123456789Z longer\n2026-01-31T12:00:00.123456789Z next\n',
  );
});

test('since, one stream and a limit of bytes', async () => {
  await writeFile(
    path,
    line('old', 'stdout', 'F', 1) + line('err', 'stderr', 'F', 5) + line('new', 'stdout', 'F', 9),
  );
  expect(await read({ sinceTime: '2026-01-31T12:00:05Z' })).toBe('err\nnew\n');
  expect(await read({ stream: 'Stdout' })).toBe('old\nnew\n');
  expect(await read({ limitBytes: 6 })).toBe('old\ner');
  const filter = lineFilter({ sinceSeconds: 60 }, Date.UTC(2026, 0, 31, 12, 1, 5));
  expect(filter.take(Buffer.from(line('old', 'stdout', 'F', 1).trimEnd()))).toBeUndefined();
});

test.each([0, 1, 2, 3, 4, 10])('the last %i lines', async tailLines => {
  const texts = ['one', 'two', 'three', 'four'];
  await writeFile(path, texts.map(text => line(text)).join(''));
  const expected = tailLines === 0 ? [] : texts.slice(-tailLines);
  expect(await read({ tailLines })).toBe(expected.map(text => `${text}\n`).join(''));
});

test('what is written after the last lines were found is not read without follow', async () => {
  await writeFile(path, line('one') + line('two') + line('three'));
  let opened = 0;
  const busy = {
    ...files,
    open: async (...args: Parameters<typeof files.open>) => {
      await appendFile(path, line(`written ${++opened}`));
      return files.open(...args);
    },
  };
  let text = '';
  for await (const chunk of open({ tailLines: 2 }, () => true, busy).stream) text += chunk;
  expect([opened, text]).toEqual([2, 'three\nwritten 1\n']);
});

test('the last lines of a log much larger than a block, parts counted with their line', async () => {
  const lines = Array.from({ length: 5000 }, (_, n) =>
    line(`${n} ${'x'.repeat(40)}`, 'stdout', n % 7 === 0 ? 'P' : 'F'),
  );
  await writeFile(path, lines.join(''));
  const all = (await read()).split('\n');
  expect((await read({ tailLines: 3000 })).split('\n').slice(-2000)).toEqual(all.slice(-2000));
  expect((await read({ tailLines: 1 })).split('\n')).toHaveLength(2);
});

test('rotated files come first, compressed or not', async () => {
  await writeFile(`${path}.20260101-000000.gz`, gzipSync(line('first')));
  await writeFile(`${path}.20260102-000000`, line('second'));
  await writeFile(path, line('third'));
  expect(await read()).toBe('first\nsecond\nthird\n');
  expect(await read({ tailLines: 2 })).toBe('second\nthird\n');
});

test('a rotated file that is removed before it is read is left out, compressed or not', async () => {
  await writeFile(path, line('last'));
  const gone = [`${path}.20260101-000000.gz`, `${path}.20260102-000000`];
  const stale = {
    ...files,
    readdir: async () => [...gone, path].map(file => basename(file)),
  } as unknown as typeof files;
  for (const options of [{}, { tailLines: 3 }]) {
    let text = '';
    for await (const chunk of open(options, () => false, stale).stream) text += chunk;
    expect(text).toBe('last\n');
  }
});

test('in the midst of a rotation, what was just rotated away is read', async () => {
  await writeFile(`${path}.20260101-000000`, line('first') + line('second'));
  expect(await read()).toBe('first\nsecond\n');
  expect(await read({ tailLines: 1 })).toBe('second\n');
});

test('what is written just before a rotation is read too', async () => {
  await writeFile(path, line('one'));
  let running = true;
  const rotating = {
    ...files,
    stat: async (file: string) => {
      if (running) {
        running = false;
        await appendFile(path, line('two'));
        await rename(path, `${path}.20260101-000000`);
        await writeFile(path, line('three'));
      }
      return files.stat(file);
    },
  } as typeof files;
  let text = '';
  for await (const chunk of open({ follow: true }, () => running, rotating).stream) text += chunk;
  expect(text).toBe('one\ntwo\nthree\n');
});

test('following goes on through a rotation and ends with the container', async () => {
  await writeFile(path, line('one'));
  let running = true;
  const { stream, end, ends } = open({ follow: true }, () => running);
  let text = '';
  const done = (async () => {
    for await (const chunk of stream) text += chunk;
  })();
  await vi.waitFor(() => expect(text).toBe('one\n'));
  await appendFile(path, line('two'));
  await vi.waitFor(() => expect(text).toBe('one\ntwo\n'));
  await rename(path, `${path}.20260101-000000`);
  await writeFile(path, line('three'));
  await vi.waitFor(() => expect(text).toBe('one\ntwo\nthree\n'));
  running = false;
  end();
  await done;
  expect(ends.size).toBe(0);
});

test('a reader who goes away ends the following', async () => {
  await writeFile(path, line('one'));
  const { stream, abort, ends } = open({ follow: true }, () => true);
  const done = (async () => {
    for await (const _ of stream) abort();
  })();
  await done;
  expect(ends.size).toBe(0);
});

test('a large log is rotated, the runtime told, and only so many are kept', async () => {
  const runtime = createFakeRuntime(systemClock);
  const reopened = vi.spyOn(runtime, 'reopenContainerLog').mockResolvedValue();
  const options = {
    files,
    runtime,
    clock: systemClock,
    log: silentLogger,
    running: () => [],
    maxBytes: 10,
    maxFiles: 2,
  };
  for (const n of [1, 2]) await writeFile(`${path}.2020010${n}-000000`, '');
  await writeFile(path, 'small');
  expect(await rotateOne(options, 'id', path)).toBe(false);
  await writeFile(path, 'much larger than ten bytes');
  expect(await rotateOne(options, 'id', path)).toBe(true);
  expect(reopened).toHaveBeenCalledWith('id');
  expect(await readdir(directory)).toEqual([expect.stringMatching(/^0\.log\.20[2-9]\d/)]);
});

test('when the runtime does not reopen the log, it keeps its name', async () => {
  const runtime = createFakeRuntime(systemClock);
  vi.spyOn(runtime, 'reopenContainerLog').mockRejectedValue(new Error('gone'));
  await writeFile(path, 'much larger than ten bytes');
  const options = { files, runtime, clock: systemClock, log: silentLogger, running: () => [], maxBytes: 10 };
  await expect(rotateOne(options, 'id', path)).rejects.toThrow('gone');
  expect(await readdir(directory)).toEqual(['0.log']);
});
