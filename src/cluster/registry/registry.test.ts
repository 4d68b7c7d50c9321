import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { imageArchive } from '../../../images/archive.ts';
import { file, type Image } from '../../../images/image.ts';
import { ContentStore } from './content-store.ts';
import { loadArchive } from './load-archive.ts';
import { type Registry, serveRegistry } from './server.ts';

const image: Image = {
  reference: 'docker.io/library/tool:v1',
  layers: [new Map([['tool', file('content', 0o755)]])],
  config: { command: ['/tool'] },
};
let dir: string;
let store: ContentStore;
let registry: Registry;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-registry-'));
  store = new ContentStore(join(dir, 'registry'));
  registry = await serveRegistry({ dir: join(dir, 'registry'), port: 0 });
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

async function tar(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, body] of Object.entries(files)) archive.entry({ name }, body);
  archive.finalize();
  return buffer(archive);
}

async function load(archive: Buffer, as?: string): Promise<string[]> {
  const path = join(dir, 'archive.tar');
  await writeFile(path, archive);
  return loadArchive({ store, path, as });
}

const ask = (path: string, init?: RequestInit) => fetch(`http://${registry.address}${path}`, init);

test('an image that was loaded is pulled: manifest, configuration, layers', async () => {
  expect(await load(await imageArchive(image, 'amd64'))).toEqual(['docker.io/library/tool:v1']);
  const head = await ask('/v2/library/tool/manifests/v1?ns=docker.io', { method: 'HEAD' });
  const digest = head.headers.get('docker-content-digest') ?? '';
  expect(head.status).toBe(200);
  const answer = await ask(`/v2/library/tool/manifests/${digest}?ns=docker.io`);
  expect(answer.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
  const manifest = (await answer.json()) as {
    config: { digest: string };
    layers: { digest: string; size: number }[];
  };
  for (const part of [manifest.config, ...manifest.layers]) {
    const blob = await ask(`/v2/library/tool/blobs/${part.digest}?ns=docker.io`);
    expect(blob.headers.get('docker-content-digest')).toBe(part.digest);
    expect((await blob.arrayBuffer()).byteLength).toBe(Number(blob.headers.get('content-length')));
  }
});

test('an interrupted download goes on where it stopped', async () => {
  await load(await imageArchive(image, 'amd64'));
  const manifest = (await (await ask('/v2/library/tool/manifests/v1')).json()) as {
    layers: { digest: string }[];
  };
  const path = `/v2/library/tool/blobs/${manifest.layers[0]?.digest}`;
  const whole = Buffer.from(await (await ask(path)).arrayBuffer());
  const rest = await ask(path, { headers: { range: 'bytes=100-' } });
  expect(rest.status).toBe(206);
  expect(Buffer.from(await rest.arrayBuffer())).toEqual(whole.subarray(100));
  expect((await ask(path, { headers: { range: `bytes=${whole.length}-` } })).status).toBe(416);
});

test('what has not been loaded answers 404 with the code the runtime knows, so the real registry is asked', async () => {
  await load(await imageArchive(image, 'amd64'));
  for (const [path, code] of [
    ['/v2/library/tool/manifests/v2?ns=docker.io', 'MANIFEST_UNKNOWN'],
    ['/v2/library/tool/manifests/v1?ns=quay.io', 'MANIFEST_UNKNOWN'],
    [`/v2/library/tool/manifests/sha256:${'0'.repeat(64)}`, 'MANIFEST_UNKNOWN'],
    [`/v2/library/tool/blobs/sha256:${'0'.repeat(64)}`, 'BLOB_UNKNOWN'],
    ['/v2/library/tool/blobs/..%2f..%2fetc', 'BLOB_UNKNOWN'],
    ['/v2/other/tags/list', 'NAME_UNKNOWN'],
    ['/v1/search', 'NAME_UNKNOWN'],
  ] as const) {
    const answer = await ask(path);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.json()).toMatchObject({ errors: [{ code }] });
  }
});

test('a layer is not served as a manifest', async () => {
  await load(await imageArchive(image, 'amd64'));
  const manifest = (await (await ask('/v2/library/tool/manifests/v1')).json()) as {
    layers: { digest: string }[];
  };
  expect((await ask(`/v2/library/tool/manifests/${manifest.layers[0]?.digest}`)).status).toBe(404);
});

test('nothing can be written', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    expect((await ask('/v2/library/tool/blobs/uploads/', { method })).status).toBe(405);
  }
});

test('gzipped archives are taken, and another name may be given', async () => {
  const archive = gzipSync(await imageArchive(image, 'amd64'));
  expect(await load(archive, 'registry.example:5000/team/tool')).toEqual([
    'registry.example:5000/team/tool:latest',
  ]);
  expect((await ask('/v2/team/tool/manifests/latest?ns=registry.example:5000')).status).toBe(200);
  expect(await (await ask('/v2/team/tool/tags/list?ns=registry.example:5000')).json()).toEqual({
    name: 'team/tool',
    tags: ['latest'],
  });
});

test('the older form of docker save becomes an OCI manifest', async () => {
  const layer = await tar({ 'a.txt': 'a' });
  const archive = await tar({
    'abc/layer.tar': layer,
    'def/layer.tar': gzipSync(layer),
    'config.json': '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
    'manifest.json': JSON.stringify([
      {
        Config: 'config.json',
        RepoTags: ['old:1', 'old:latest'],
        Layers: ['abc/layer.tar', 'def/layer.tar'],
      },
    ]),
  });
  expect(await load(archive)).toEqual(['docker.io/library/old:1', 'docker.io/library/old:latest']);
  expect(await (await ask('/v2/library/old/manifests/1')).json()).toMatchObject({
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', size: layer.length },
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' },
    ],
  });
});

test.each([
  ['a text file', async () => Buffer.from('no tar at all, but long enough to look at'), 'as a tar archive'],
  [
    'an archive that was cut off',
    async () => (await imageArchive(image, 'amd64')).subarray(0, 3_000),
    'as a tar archive: Unexpected end of data',
  ],
  [
    'a gzipped archive that was cut off',
    async () => {
      const whole = gzipSync(
        await tar({ big: Buffer.from(Array.from({ length: 99_999 }, (_, i) => (i * i) % 251)) }),
      );
      return whole.subarray(0, whole.length / 2);
    },
    'as a tar archive: unexpected end of file',
  ],
  ['a tar of something else', () => tar({ 'readme.txt': 'hello' }), 'neither index.json'],
  [
    'an index without its manifest',
    () => tar({ 'index.json': `{"manifests":[{"digest":"sha256:${'1'.repeat(64)}"}]}` }),
    'lacks the manifest',
  ],
  [
    'an image without a name',
    () => tar({ 'c.json': '{}', 'manifest.json': '[{"Config":"c.json","RepoTags":null,"Layers":[]}]' }),
    '--tag',
  ],
])('%s is refused with its reason, and nothing stays behind', async (_, archive, reason) => {
  await expect(load(await archive())).rejects.toThrow(reason);
  expect(await store.references()).toEqual([]);
  expect(await readdir(join(dir, 'registry/staging')).catch(() => [])).toEqual([]);
});
