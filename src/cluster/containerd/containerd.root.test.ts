import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { buildSampleImages } from '../../../images/build.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { createRuntimeClient } from '../../kubelet/cri/client.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { readPidFile } from '../host/processes.ts';
import { CACHE_DIR, type ClusterPaths, clusterPaths } from '../layout.ts';
import { ContentStore } from '../registry/content-store.ts';
import { loadArchive } from '../registry/load-archive.ts';
import { type Registry, serveRegistry } from '../registry/server.ts';
import { startContainerd, stopContainerd, writeRegistryHosts } from './supervisor.ts';

const SANDBOX_IMAGE = 'docker.io/library/pause:latest';
const options = (paths: ClusterPaths) => ({
  paths,
  sandboxImage: SANDBOX_IMAGE,
  clock: systemClock,
  log: silentLogger,
});
let dir: string;
let paths: ClusterPaths;
let registry: Registry;
let runtime: ContainerRuntime;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-containerd-'));
  paths = clusterPaths(dir);
  registry = await serveRegistry({ dir: paths.registry, port: 0 });
  await writeRegistryHosts(paths, registry.address);
  const images = await buildSampleImages({ cacheDir: join(CACHE_DIR, 'images') });
  for (const { path } of images) await loadArchive({ store: new ContentStore(paths.registry), path });
  await startContainerd(options(paths));
  runtime = createRuntimeClient({ socketPath: paths.containerdSocket, clock: systemClock });
});

afterAll(async () => {
  runtime?.close();
  await stopContainerd(paths, systemClock);
  await registry[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

const pid = async () => (await readPidFile(join(paths.containerd, 'containerd.pid')))?.pid;

test('a loaded image is pulled by its short name, as often as one likes', async () => {
  for (const name of ['busyboxplus', 'myapp:v1', 'busyboxplus']) await runtime.pullImage(name);
  const names = (await runtime.listImages()).flatMap(image => image.repoTags);
  expect(names).toContain('docker.io/library/busyboxplus:latest');
  expect(names).toContain('docker.io/library/myapp:v1');
});

test('a second start adopts the process that runs', async () => {
  const before = await pid();
  const { adopted } = await startContainerd(options(paths));
  expect(adopted).toBe(true);
  expect(await pid()).toBe(before);
});

test('when it is killed while Peapod runs, it comes back with its images', async () => {
  const stop = new AbortController();
  const running = (await startContainerd(options(paths))).run(stop.signal);
  const before = await pid();
  process.kill(before ?? 0, 'SIGKILL');
  await vi.waitFor(() => runtime.pullImage('myapp:v1'), { timeout: 20_000 });
  const after = await pid();
  expect(after).not.toBe(before);
  stop.abort();
  await running;
  expect(await pid()).toBe(after);
});
