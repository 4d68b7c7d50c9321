/**
 * Loads an image archive into a content store: an OCI layout, or what `docker save` writes (today's,
 * which is an OCI layout too, and the older one with a folder for each layer).
 *
 * What an image refers to is kept before its name points at it, so a broken archive changes
 * nothing that could be pulled.
 */
import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type ContentStore, type Descriptor, manifestMediaType, type StagedFile } from './content-store.ts';
import { formatReference, parseReference } from './reference.ts';
import { StagedArchive } from './staged-archive.ts';

export interface LoadOptions {
  readonly store: ContentStore;
  readonly path: string;
  /** The name to give the archive's image, instead of those it carries. */
  readonly as?: string | undefined;
}

/** @returns the complete references that were loaded; @throws Error when there is no image or no name */
export async function loadArchive({ store, path, as }: LoadOptions): Promise<string[]> {
  await using archive = await StagedArchive.open(store, path);
  const images = (await ociImages(store, archive)) ?? (await dockerImages(store, archive));
  if (!images || images.length === 0) {
    throw new Error(`Cannot load ${path}: it holds neither index.json (OCI) nor manifest.json (docker save)`);
  }
  if (as !== undefined && new Set(images.map(i => i.manifest.digest)).size > 1) {
    throw new Error(`Cannot name ${path} "${as}": it holds several images`);
  }
  const tags = new Map<string, Descriptor>();
  for (const { names, manifest } of images) {
    for (const name of as === undefined ? names : [as])
      tags.set(formatReference(parseReference(name)), manifest);
  }
  if (tags.size === 0)
    throw new Error(`Cannot load ${path}: its image has no name; give it one with --tag NAME:TAG`);
  for (const [name, manifest] of tags) await store.tag(parseReference(name), manifest);
  return [...tags.keys()];
}

interface FoundImage {
  readonly manifest: Descriptor;
  readonly names: readonly string[];
}

interface OciIndex {
  readonly manifests?: readonly (Descriptor & { readonly annotations?: Readonly<Record<string, string>> })[];
}

interface OciManifest extends OciIndex {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

type DockerManifest = readonly {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}[];

async function ociImages(store: ContentStore, archive: StagedArchive): Promise<FoundImage[] | undefined> {
  const index = await archive.json<OciIndex>('index.json');
  if (!index) return undefined;
  const docker = (await archive.json<DockerManifest>('manifest.json')) ?? [];
  const images: FoundImage[] = [];
  for (const { digest, annotations = {} } of index.manifests ?? []) {
    const manifest = await keepManifest(store, archive, digest);
    if (!manifest) throw new Error(`Cannot load the archive: it lacks the manifest ${digest}`);
    // The OCI annotation may be a bare tag, which names nothing by itself.
    const annotated =
      annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name'];
    const names = annotated && /[/:]/.test(annotated) ? [annotated] : [];
    images.push({ manifest, names });
  }
  const only = images.length === 1 ? images[0] : undefined;
  if (only?.names.length === 0) return [{ ...only, names: docker.flatMap(entry => entry.RepoTags ?? []) }];
  return images;
}

/** Keeps a manifest and all it refers to. Manifests for other machines may be missing from an index. */
async function keepManifest(
  store: ContentStore,
  archive: StagedArchive,
  digest: string,
): Promise<Descriptor | undefined> {
  const file = archive.byDigest(digest);
  if (!file) return undefined;
  const body = await readFile(file.path);
  const mediaType = manifestMediaType(body);
  if (mediaType === undefined) throw new Error(`Cannot load the archive: ${digest} is no image manifest`);
  const { manifests = [], layers = [], config } = JSON.parse(body.toString()) as OciManifest;
  for (const child of manifests) await keepManifest(store, archive, child.digest);
  for (const part of config ? [config, ...layers] : layers) {
    const content = archive.byDigest(part.digest);
    if (content) await store.keep(content);
    else if ((await store.size(part.digest)) === undefined) {
      throw new Error(`Cannot load the archive: it lacks ${part.digest}, which manifest ${digest} names`);
    }
  }
  await store.keep(file);
  return { mediaType, digest, size: body.length };
}

/** The older form of `docker save`: manifest.json, a configuration, and one tar for each layer. */
async function dockerImages(store: ContentStore, archive: StagedArchive): Promise<FoundImage[] | undefined> {
  const list = await archive.json<DockerManifest>('manifest.json');
  if (!list) return undefined;
  const keep = async (name: string, typeOf: (file: StagedFile) => Promise<string>): Promise<Descriptor> => {
    const file = archive.byName(name);
    if (!file) throw new Error(`Cannot load the archive: it lacks ${name}, which manifest.json names`);
    await store.keep(file);
    return { mediaType: await typeOf(file), digest: file.digest, size: file.size };
  };
  const images: FoundImage[] = [];
  for (const entry of list) {
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const config = await keep(entry.Config, async () => 'application/vnd.oci.image.config.v1+json');
    const layers: Descriptor[] = [];
    for (const layer of entry.Layers) layers.push(await keep(layer, layerMediaType));
    const manifest = await store.stage(
      Readable.from([Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }))]),
    );
    await store.keep(manifest);
    await store.discard(manifest);
    images.push({
      manifest: { mediaType, digest: manifest.digest, size: manifest.size },
      names: entry.RepoTags ?? [],
    });
  }
  return images;
}

async function layerMediaType(file: StagedFile): Promise<string> {
  await using handle = await open(file.path);
  const { buffer } = await handle.read({ buffer: Buffer.alloc(2), position: 0 });
  return `application/vnd.oci.image.layer.v1.tar${buffer.readUInt16BE(0) === 0x1f8b ? '+gzip' : ''}`;
}
