/**
 * Makes the sample images and keeps their archives in a cache directory, which several clusters may
 * share. The archive's name carries the recipes' version, so a changed recipe makes a new one; a
 * half-written one is never seen (it is renamed into place).
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageArchive } from './archive.ts';
import { busyboxplus } from './busyboxplus.ts';
import { openDebian } from './debian.ts';
import type { ImageRecipe } from './image.ts';
import { myappV1, myappV2 } from './myapp.ts';
import { pause } from './pause.ts';

/** Every sample image; a new one is a file of its own and a word here. */
const recipes: readonly ImageRecipe[] = [pause, busyboxplus, myappV1, myappV2];

/** To be raised with every change of a recipe: archives of an older version are not used any more. */
const RECIPES_VERSION = 1;

export interface SampleImage {
  readonly reference: string;
  /** The archive: OCI layout with docker's manifest.json. */
  readonly path: string;
}

export function sampleImages(cacheDir: string): readonly SampleImage[] {
  return recipes.map(({ reference }) => ({
    reference,
    path: join(cacheDir, archiveName(reference)),
  }));
}

export interface BuildOptions {
  readonly cacheDir: string;
  /** Called before each image that has to be made. */
  readonly onBuild?: (reference: string) => void;
}

/** Makes what is missing. @returns the archives, in the order of `recipes` */
export async function buildSampleImages({
  cacheDir,
  onBuild,
}: BuildOptions): Promise<readonly SampleImage[]> {
  const images = sampleImages(cacheDir);
  const missing = recipes.filter((_, i) => !existsSync(images[i]?.path ?? ''));
  if (missing.length === 0) return images;
  await mkdir(cacheDir, { recursive: true });
  const debian = await openDebian(cacheDir);
  try {
    for (const recipe of missing) {
      onBuild?.(recipe.reference);
      const archive = await imageArchive(await recipe.build(debian), debian.architecture);
      const path = images[recipes.indexOf(recipe)]?.path ?? '';
      const unfinished = `${path}.${process.pid}`;
      await writeFile(unfinished, archive);
      await rename(unfinished, path);
    }
  } finally {
    await debian.dispose();
  }
  return images;
}

/** docker.io/library/myapp:v1 → myapp-v1.r1.tar */
function archiveName(reference: string): string {
  return `${reference.replace(/^.*\//, '').replace(':', '-')}.r${RECIPES_VERSION}.tar`;
}
