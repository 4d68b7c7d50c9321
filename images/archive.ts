/**
 * An image as one tar that both `docker load` and OCI tools take: an OCI layout (oci-layout,
 * index.json, blobs) with docker's manifest.json beside it. Layers are not compressed: the
 * archive never travels further than the machine's own disk, and gzip would cost more time than
 * the bytes do.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Image } from './image.ts';
import { layerTar } from './layer.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** @param architecture as Go and Debian name it: amd64, arm64 */
export async function imageArchive(image: Image, architecture: string): Promise<Buffer> {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, body: Buffer): Descriptor => {
    const hex = createHash('sha256').update(body).digest('hex');
    blobs.set(`blobs/sha256/${hex}`, body);
    return { mediaType, digest: `sha256:${hex}`, size: body.length };
  };

  const layers: Descriptor[] = [];
  for (const tree of image.layers) layers.push(add(MEDIA.layer, await layerTar(tree)));
  const config = add(MEDIA.config, json(configOf(image, architecture, layers)));
  const manifest = add(MEDIA.manifest, json({ schemaVersion: 2, mediaType: MEDIA.manifest, config, layers }));

  const tag = image.reference.slice(image.reference.lastIndexOf(':') + 1);
  const annotations = {
    'io.containerd.image.name': image.reference,
    'org.opencontainers.image.ref.name': tag,
  };
  const files: [string, Buffer][] = [
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
    [
      'index.json',
      json({ schemaVersion: 2, mediaType: MEDIA.index, manifests: [{ ...manifest, annotations }] }),
    ],
    [
      'manifest.json',
      json([
        {
          Config: blobPath(config),
          RepoTags: [image.reference.replace(/^docker\.io\/(library\/)?/, '')],
          Layers: layers.map(blobPath),
        },
      ]),
    ],
    ...[...blobs].sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  const tar = pack();
  const bytes = buffer(tar);
  for (const [name, body] of files) tar.entry({ name, mode: 0o644, mtime: new Date(0) }, body);
  tar.finalize();
  return bytes;
}

function configOf(image: Image, architecture: string, layers: readonly Descriptor[]) {
  const { entrypoint, command, environment = {}, ports = [] } = image.config;
  return {
    architecture,
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: {
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(command && { Cmd: command }),
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      ...(ports.length > 0 && { ExposedPorts: Object.fromEntries(ports.map(p => [`${p}/tcp`, {}])) }),
    },
    // Layers are not compressed, so the digest of what is stored is that of what is unpacked.
    rootfs: { type: 'layers', diff_ids: layers.map(l => l.digest) },
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const blobPath = (d: Descriptor): string => `blobs/sha256/${d.digest.slice('sha256:'.length)}`;
