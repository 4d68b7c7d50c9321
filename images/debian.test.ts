import { expect, test } from 'vitest';
import { libraryDependencies, mergedUsr, readDeb } from './debian.ts';
import { file, symlink } from './image.ts';
import { withLibraries } from './programs.ts';

test('only libraries are followed, the first of alternatives, without versions', () => {
  const output = `Package: tool
Depends: libc6 (>= 2.36), debconf (>= 0.5) | debconf-2.0, libold1 | libnew1
Pre-Depends: zlib1g:any

Package: zlib1g
Version: 1
`;
  expect(libraryDependencies(output)).toEqual(
    new Map([
      ['tool', ['libc6', 'libold1', 'zlib1g']],
      ['zlib1g', []],
    ]),
  );
});

test('what is no package is an error that says so', async () => {
  await expect(readDeb(new URL(import.meta.url).pathname)).rejects.toThrow(
    /Cannot unpack .*debian\.test\.ts/,
  );
});

test('paths are those of a system with /usr merged', () => {
  expect(mergedUsr('./lib/x86_64-linux-gnu/libc.so.6')).toBe('usr/lib/x86_64-linux-gnu/libc.so.6');
  expect(mergedUsr('/bin/sh')).toBe('usr/bin/sh');
  expect(mergedUsr('./etc/passwd')).toBe('etc/passwd');
  expect(mergedUsr('./library/x')).toBe('library/x');
});

test('a symbolic link brings along what it points to', () => {
  const files = new Map([
    ['usr/bin/a', symlink('../lib/b')],
    ['usr/lib/b', symlink('/lib/c')],
    ['usr/lib/c', file('text')],
    ['usr/lib/d', file('other')],
  ]);
  expect([...withLibraries(files, ['usr/bin/a']).keys()]).toEqual(['usr/bin/a', 'usr/lib/b', 'usr/lib/c']);
});

test('a file that no package has is an error that names it', () => {
  expect(() => withLibraries(new Map(), ['usr/bin/gone'])).toThrow('usr/bin/gone, wanted by the image');
});
