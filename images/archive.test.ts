import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { imageArchive } from './archive.ts';
import { directory, type FileTree, file, type Image, symlink } from './image.ts';
import { layerTar } from './layer.ts';

const tree: FileTree = new Map([
  ['usr/bin/tool', file('#!/bin/sh\n', 0o755)],
  ['bin', symlink('usr/bin')],
  ['tmp', directory(0o1777)],
]);
const image: Image = {
  reference: 'docker.io/library/tool:v1',
  layers: [tree],
  config: { command: ['/bin/tool'], environment: { A: 'b' }, ports: [80] },
};

async function entries(tar: Buffer) {
  const found = new Map<
    string,
    { type: string | null | undefined; mode: number | undefined; body: Buffer }
  >();
  const parser = extract();
  parser.end(tar);
  for await (const entry of parser) {
    found.set(entry.header.name, {
      type: entry.header.type,
      mode: entry.header.mode,
      body: await buffer(entry),
    });
  }
  return found;
}

test('a layer is sorted, has the directories above its files, and keeps modes and links', async () => {
  const found = await entries(await layerTar(tree));
  expect([...found.keys()]).toEqual(['bin', 'tmp/', 'usr/', 'usr/bin/', 'usr/bin/tool']);
  expect(found.get('tmp/')?.mode).toBe(0o1777);
  expect(found.get('bin')?.type).toBe('symlink');
  expect(found.get('usr/bin/tool')?.mode).toBe(0o755);
});

test('the order in which files were added does not change the archive', async () => {
  const reversed = { ...image, layers: [new Map([...tree].reverse())] };
  expect(await imageArchive(reversed, 'amd64')).toEqual(await imageArchive(image, 'amd64'));
});

test('an archive is an OCI layout whose blobs have the digests they are named by', async () => {
  const found = await entries(await imageArchive(image, 'arm64'));
  for (const [name, { body }] of found) {
    if (name.startsWith('blobs/'))
      expect(name).toBe(`blobs/sha256/${createHash('sha256').update(body).digest('hex')}`);
  }
  const read = (name: string) => JSON.parse(found.get(name)?.body.toString() ?? 'null');
  const blob = (digest: string) => read(`blobs/${digest.replace(':', '/')}`);
  const manifest = blob(read('index.json').manifests[0].digest);
  expect(blob(manifest.config.digest)).toMatchObject({
    architecture: 'arm64',
    os: 'linux',
    config: { Cmd: ['/bin/tool'], Env: ['A=b'], ExposedPorts: { '80/tcp': {} } },
    rootfs: { diff_ids: [manifest.layers[0].digest] },
  });
});

test('docker finds its own manifest with the short name of the image', async () => {
  const found = await entries(await imageArchive(image, 'amd64'));
  const [entry] = JSON.parse(found.get('manifest.json')?.body.toString() ?? '[]');
  expect(entry.RepoTags).toEqual(['tool:v1']);
  for (const path of [entry.Config, ...entry.Layers]) expect(found.has(path)).toBe(true);
});
