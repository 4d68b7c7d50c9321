/**
 * A containerd of a test's own: root, state, socket and bridge network in a directory and a network
 * namespace that vanish with it. Needs root, containerd, runc and the CNI plugins.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSampleImages } from '../../../images/build.ts';
import { type Clock, sleep, systemClock } from '../../base/clock.ts';
import { systemCommands } from '../../base/run-command.ts';
import { containerdConfig } from '../../cluster/containerd/config.ts';
import { chooseSnapshotter } from '../../cluster/containerd/snapshotter.ts';
import { CAP_SYS_RESOURCE, hasCapability } from '../../cluster/host/capabilities.ts';
import { CACHE_DIR, SANDBOX_IMAGE } from '../../cluster/layout.ts';
import { parseCgroupMounts, removeCgroup } from '../../kubelet/cgroups/hierarchy.ts';
import { createRuntimeClient } from '../../kubelet/cri/client.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { hostOperatingSystem } from '../../kubelet/os.ts';

export interface ContainerdLab extends AsyncDisposable {
  readonly directory: string;
  readonly namespace: string;
  readonly socketPath: string;
  readonly cgroupRoot: string;
  readonly runtime: ContainerRuntime;
  /** Kills containerd (containers run on) and starts it again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
/** util-linux, which every Debian has. */
const NSENTER = '/usr/bin/nsenter';

export async function startContainerdLab(name: string, clock: Clock = systemClock): Promise<ContainerdLab> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  const namespace = directory.slice(directory.lastIndexOf('/') + 1);
  const host = systemCommands();
  await host.run(['ip', 'netns', 'add', namespace]);
  await host.run(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  const paths = {
    root: join(directory, 'root'),
    state: join(directory, 'state'),
    socket: join(directory, 'containerd.sock'),
    registryHosts: join(directory, 'hosts'),
    cniConf: join(directory, 'net.d'),
    cniBin: '/usr/lib/cni',
  };
  for (const path of [paths.root, paths.state, paths.registryHosts, paths.cniConf]) await mkdir(path);
  await writeFile(join(paths.cniConf, '10-lab.conflist'), JSON.stringify(network(namespace, directory)));
  const snapshotter = await chooseSnapshotter(paths.root);
  const restrictOomScoreAdj = !hasCapability(CAP_SYS_RESOURCE);
  const config = containerdConfig({ paths, sandboxImage: SANDBOX_IMAGE, snapshotter, restrictOomScoreAdj });
  await writeFile(join(directory, 'config.toml'), config);

  let child: ChildProcess;
  const start = async () => {
    // Not `ip netns exec`: it mounts another /sys, and with it the cgroups are gone.
    const command = [`--net=/run/netns/${namespace}`, 'containerd', '-c', join(directory, 'config.toml')];
    child = spawn(NSENTER, command, { stdio: ['ignore', 'ignore', 'inherit'] });
    await untilReady(runtime, clock);
  };
  const stop = () =>
    new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  const runtime = createRuntimeClient({ socketPath: paths.socket, clock });
  await start();
  for (const { path } of await buildSampleImages({ cacheDir: join(CACHE_DIR, 'images') })) {
    await host.run(['ctr', '-a', paths.socket, '-n', 'k8s.io', 'images', 'import', path]);
  }

  const close = async () => {
    for (const { id } of await runtime.listPodSandbox()) {
      await runtime.stopPodSandbox(id);
      await runtime.removePodSandbox(id);
    }
    runtime.close();
    await stop();
    await host.run(['ip', 'netns', 'delete', namespace]);
    for (const point of await mountsBelow(directory)) await host.run(['umount', '-l', point]);
    const tree = parseCgroupMounts(await readFile('/proc/self/mounts', 'utf8'));
    await removeCgroup(hostOperatingSystem.fs, tree, `/${namespace}`);
    await rm(directory, { recursive: true, force: true });
  };
  return {
    directory,
    namespace,
    socketPath: paths.socket,
    cgroupRoot: `/${namespace}`,
    runtime,
    async restart() {
      await stop();
      await start();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function untilReady(runtime: ContainerRuntime, clock: Clock): Promise<void> {
  const limitMs = clock.monotonic() + START_LIMIT_MS;
  for (;;) {
    try {
      if ((await runtime.status()).every(condition => condition.status)) return;
    } catch (error) {
      if (clock.monotonic() > limitMs) throw error;
    }
    await sleep(clock, 50);
  }
}

const network = (name: string, directory: string) => ({
  cniVersion: '0.4.0',
  name,
  plugins: [
    {
      type: 'bridge',
      bridge: 'lab0',
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: join(directory, 'ipam'),
        ranges: [[{ subnet: '10.244.0.0/24' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
});

async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  const points = table.split('\n').map(line => line.split(' ')[4] ?? '');
  return points.filter(point => point.startsWith(`${directory}/`)).reverse();
}
