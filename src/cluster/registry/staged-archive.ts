/**
 * A tar, gzipped or not, with every file streamed to disk and digested once: archives give their
 * index before or after what it refers to, and layers may be larger than memory.
 */
import { open, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { ContentStore, StagedFile } from './content-store.ts';

export class StagedArchive implements AsyncDisposable {
  readonly #store: ContentStore;
  readonly #byName = new Map<string, StagedFile>();
  readonly #byDigest = new Map<string, StagedFile>();

  private constructor(store: ContentStore) {
    this.#store = store;
  }

  /** @throws Error when the file cannot be read as a tar */
  static async open(store: ContentStore, path: string): Promise<StagedArchive> {
    const archive = new StagedArchive(store);
    try {
      await archive.#read(path);
      return archive;
    } catch (cause) {
      await archive[Symbol.asyncDispose]();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`Cannot read ${path} as a tar archive: ${reason}`, { cause });
    }
  }

  byName(name: string): StagedFile | undefined {
    return this.#byName.get(normalize(name));
  }

  byDigest(digest: string): StagedFile | undefined {
    return this.#byDigest.get(digest);
  }

  /** @throws SyntaxError when the file is no JSON */
  async json<T>(name: string): Promise<T | undefined> {
    const file = this.byName(name);
    return file && (JSON.parse(await readFile(file.path, 'utf8')) as T);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of new Set(this.#byName.values())) await this.#store.discard(file);
  }

  async #read(path: string): Promise<void> {
    await using handle = await open(path);
    const magic = (await handle.read({ buffer: Buffer.alloc(2), position: 0 })).buffer.readUInt16BE(0);
    const parser = extract();
    const source = handle.createReadStream({ start: 0, autoClose: false });
    const reading = magic === 0x1f8b ? pipeline(source, createGunzip(), parser) : pipeline(source, parser);
    const links: [from: string, to: string][] = [];
    const collecting = (async () => {
      for await (const entry of parser) {
        const { name, type, linkname } = entry.header;
        if (type === 'file') this.#add(name, await this.#store.stage(entry as AsyncIterable<Buffer>));
        else entry.resume();
        // Older `docker save` stores a layer that two images share once, and links to it.
        if ((type === 'symlink' || type === 'link') && linkname) {
          links.push([name, type === 'link' ? linkname : posix.join(posix.dirname(name), linkname)]);
        }
      }
    })();
    // Both have ended when this throws: what is staged by then is all there is to discard.
    for (const end of await Promise.allSettled([reading, collecting])) {
      if (end.status === 'rejected') throw end.reason;
    }
    for (const [from, to] of links) {
      const target = this.byName(to);
      if (target) this.#byName.set(normalize(from), target);
    }
  }

  #add(name: string, file: StagedFile): void {
    this.#byName.set(normalize(name), file);
    this.#byDigest.set(file.digest, file);
  }
}

const normalize = (name: string): string => posix.normalize(name).replace(/^\.?\//, '');
