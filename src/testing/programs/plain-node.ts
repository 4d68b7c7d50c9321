/**
 * Compiles a program of ours for plain `node`, which knows no TypeScript before version 22: for
 * tests that need a process of its own (to kill it, or to take something from it). A second or so.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/**
 * @param program absolute path of a .ts file of this project
 * @param scratch an empty directory to compile into
 * @returns the path of the compiled program
 */
export function compileForNode(program: string, scratch: string): string {
  const outDir = join(scratch, 'dist');
  mkdirSync(outDir, { recursive: true });
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
  const compilerOptions = { rootDir: root, outDir, typeRoots: [join(root, 'node_modules/@types')] };
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    include: [],
    files: [program],
  };
  writeFileSync(join(scratch, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', scratch]);
  return join(outDir, relative(root, program).replace(/\.ts$/, '.js'));
}
