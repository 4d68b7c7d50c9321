/**
 * Images on disk: content by digest, and one small file for each name that points at a manifest.
 *
 * Several processes share it without locks (the server reads while `peapod image load` writes):
 * every file is written beside its place and renamed into it, and none is changed afterwards but
 * by such a rename. Content that no name reaches any more is kept until the cluster is deleted.
 *
 *     blobs/sha256/<hex>           layers, configurations, manifests
 *     references/<name, encoded>   {"digest":…,"mediaType":…,"size":…}
 *     staging/                     files being written
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { formatReference, parseReference, type Reference } from './reference.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

/** A file that has been received and digested, and belongs to no image yet. */
export interface StagedFile {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
}

export class ContentStore {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async stage(content: AsyncIterable<Buffer>): Promise<StagedFile> {
    const dir = join(this.#dir, 'staging');
    await mkdir(dir, { recursive: true });
    const path = join(dir, randomUUID());
    const hash = createHash('sha256');
    let size = 0;
    try {
      await pipeline(
        content,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            size += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(path),
      );
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return { path, digest: `sha256:${hash.digest('hex')}`, size };
  }

  /** Serves a staged file from now on; several images may keep the same one. */
  async keep(file: StagedFile): Promise<void> {
    await mkdir(join(this.#dir, 'blobs/sha256'), { recursive: true });
    try {
      await link(file.path, this.#blobPath(file.digest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }

  /** Ends the staging of a file, kept or not. */
  async discard(file: StagedFile): Promise<void> {
    await rm(file.path, { force: true });
  }

  /** Bytes of the content, or undefined when it is not here. */
  async size(digest: string): Promise<number | undefined> {
    const found = await ifExists(stat(this.#blobPath(digest)));
    return found?.size;
  }

  /** @param start first byte to read */
  read(digest: string, start = 0): Readable {
    return createReadStream(this.#blobPath(digest), { start });
  }

  async readAll(digest: string): Promise<Buffer> {
    return readFile(this.#blobPath(digest));
  }

  /** Points a name at a manifest; the name's earlier meaning is forgotten. */
  async tag(reference: Reference, manifest: Descriptor): Promise<void> {
    const dir = join(this.#dir, 'references');
    await mkdir(dir, { recursive: true });
    const unfinished = join(this.#dir, 'staging', randomUUID());
    await mkdir(join(this.#dir, 'staging'), { recursive: true });
    await writeFile(unfinished, JSON.stringify(manifest));
    await rename(unfinished, join(dir, encodeURIComponent(formatReference(reference))));
  }

  async resolve(reference: Reference): Promise<Descriptor | undefined> {
    const path = join(this.#dir, 'references', encodeURIComponent(formatReference(reference)));
    const text = await ifExists(readFile(path, 'utf8'));
    return text === undefined ? undefined : (JSON.parse(text) as Descriptor);
  }

  /** Every name, sorted. */
  async references(): Promise<readonly Reference[]> {
    const names = (await ifExists(readdir(join(this.#dir, 'references')))) ?? [];
    return names.map(decodeURIComponent).sort().map(parseReference);
  }

  /** Bytes of a manifest's configuration and layers; those of an index are added up. */
  async imageSize({ digest }: Pick<Descriptor, 'digest'>): Promise<number> {
    const manifest = JSON.parse((await this.readAll(digest)).toString()) as {
      config?: Descriptor;
      layers?: Descriptor[];
      manifests?: Descriptor[];
    };
    let bytes = 0;
    for (const part of [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])])
      bytes += part.size;
    for (const child of manifest.manifests ?? []) {
      if ((await this.size(child.digest)) !== undefined) bytes += await this.imageSize(child);
    }
    return bytes;
  }

  /** What kind of manifest the content is; undefined when it is none. */
  async manifestType(digest: string): Promise<string | undefined> {
    const size = await this.size(digest);
    if (size === undefined || size > MAX_MANIFEST_BYTES || (await this.#firstByte(digest)) !== '{')
      return undefined;
    return manifestMediaType(await this.readAll(digest));
  }

  async #firstByte(digest: string): Promise<string> {
    await using handle = await open(this.#blobPath(digest));
    return (await handle.read({ buffer: Buffer.alloc(1) })).buffer.toString('latin1');
  }

  #blobPath(digest: string): string {
    return join(this.#dir, 'blobs/sha256', digest.slice('sha256:'.length));
  }
}

/** Registries refuse manifests beyond 4 MiB (OCI distribution specification). */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** By what it says, or else by its shape: OCI manifests need not name their type. */
export function manifestMediaType(body: Buffer): string | undefined {
  let parsed: { mediaType?: unknown; config?: unknown; manifests?: unknown; layers?: unknown };
  try {
    parsed = JSON.parse(body.toString()) as typeof parsed;
  } catch {
    return undefined;
  }
  const isIndex = Array.isArray(parsed.manifests);
  if (!isIndex && !(Array.isArray(parsed.layers) && parsed.config)) return undefined;
  if (typeof parsed.mediaType === 'string') return parsed.mediaType;
  return `application/vnd.oci.image.${isIndex ? 'index' : 'manifest'}.v1+json`;
}

async function ifExists<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
