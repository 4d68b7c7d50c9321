/**
 * Runs inside the cluster's network namespace: times pods through the API, and the same work by
 * bare CRI calls on the same containerd. Prints one JSON object. Arguments: kubeconfig, socket.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import type { Pod } from '../../src/generated/core-v1.ts';
import { createRuntimeClient } from '../../src/kubelet/cri/client.ts';
import type { ContainerConfig, PodSandboxConfig } from '../../src/kubelet/cri/contract.ts';
import { apiClient } from './api-client.ts';

const [kubeconfig = '', socketPath = ''] = process.argv.slice(2);
const PODS = '/api/v1/namespaces/default/pods';
const IMAGE = 'docker.io/library/busyboxplus:latest';

const api = apiClient(kubeconfig);
const waiting = new Map<string, () => void>();
const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false;
const stopWatch = await api.watch(`${PODS}?watch=true`, (type, pod) => {
  const name = pod.metadata.name ?? '';
  if (type === 'DELETED') waiting.get(`gone/${name}`)?.();
  else if (isReady(pod)) waiting.get(`ready/${name}`)?.();
});
const event = (key: string) => new Promise<void>(resolve => waiting.set(key, resolve));

function manifest(name: string, ignoresTerm = false): unknown {
  const command = ignoresTerm
    ? "trap '' TERM; while true; do sleep 1; done"
    : 'trap "exit 0" TERM; sleep 100000 & wait';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      containers: [
        { name: 'c', image: 'busyboxplus', imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', command] },
      ],
    },
  };
}

async function create(name: string, ignoresTerm = false): Promise<number> {
  const ready = event(`ready/${name}`);
  const start = performance.now();
  const { status, body } = await api.call('POST', PODS, manifest(name, ignoresTerm));
  if (status !== 201) throw new Error(`Cannot create ${name}: ${status} ${body}`);
  await ready;
  return performance.now() - start;
}

async function remove(name: string): Promise<number> {
  const gone = event(`gone/${name}`);
  const start = performance.now();
  await api.call('DELETE', `${PODS}/${name}`);
  await gone;
  return performance.now() - start;
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

async function oneByOne(count: number, ignoresTerm: boolean): Promise<{ start: number[]; stop: number[] }> {
  const start: number[] = [];
  const stop: number[] = [];
  for (const name of names(ignoresTerm ? 'stubborn' : 'single', count)) {
    start.push(await create(name, ignoresTerm));
    stop.push(await remove(name));
  }
  return { start, stop };
}

/** Milliseconds of sandbox, create and start, and of stop and remove, without anything of ours. */
async function bareCri(count: number): Promise<{ start: number[]; stop: number[] }> {
  const runtime = createRuntimeClient({ socketPath, clock: systemClock });
  const logs = mkdtempSync(join(tmpdir(), 'peapod-bench-'));
  const start: number[] = [];
  const stop: number[] = [];
  const security = {
    namespaceOptions: { network: 'POD', pid: 'CONTAINER', ipc: 'POD' },
    readonlyRootfs: false,
    supplementalGroups: [],
    privileged: false,
    seccomp: { profileType: 'Unconfined' },
  } as const;
  for (const name of names('bare', count)) {
    const sandbox: PodSandboxConfig = {
      metadata: { name, uid: name, namespace: 'bench', attempt: 0 },
      hostname: name,
      logDirectory: logs,
      portMappings: [],
      labels: {},
      annotations: {},
      linux: { cgroupParent: '/peapod-bench', securityContext: security, sysctls: {} },
    };
    const container: ContainerConfig = {
      metadata: { name: 'c', attempt: 0 },
      image: { image: IMAGE, userSpecifiedImage: IMAGE },
      command: ['sh', '-c', 'trap "exit 0" TERM; sleep 100000 & wait'],
      args: [],
      workingDir: '',
      envs: [],
      mounts: [],
      devices: [],
      labels: {},
      annotations: {},
      logPath: 'c.log',
      stdin: false,
      stdinOnce: false,
      tty: false,
      linux: {
        resources: { cpuPeriod: 0, cpuQuota: 0, cpuShares: 2, memoryLimitInBytes: 0, oomScoreAdj: 1000 },
        securityContext: {
          ...security,
          capabilities: { addCapabilities: [], dropCapabilities: [] },
          noNewPrivs: false,
          maskedPaths: [],
          readonlyPaths: [],
        },
      },
    };
    const began = performance.now();
    const sandboxId = await runtime.runPodSandbox(sandbox);
    const containerId = await runtime.createContainer(sandboxId, container, sandbox);
    await runtime.startContainer(containerId);
    const running = performance.now();
    await runtime.stopContainer(containerId, 1);
    await runtime.removeContainer(containerId);
    await runtime.stopPodSandbox(sandboxId);
    await runtime.removePodSandbox(sandboxId);
    start.push(running - began);
    stop.push(performance.now() - running);
  }
  runtime.close();
  rmSync(logs, { recursive: true, force: true });
  return { start, stop };
}

async function burst(count: number): Promise<number> {
  const start = performance.now();
  await Promise.all(names('burst', count).map(name => create(name)));
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(names('burst', count).map(remove));
  return seconds;
}

await create('warm-up');
await remove('warm-up');
const bare = await bareCri(8);
const ours = await oneByOne(10, false);
const stubborn = await oneByOne(4, true);
const burstSeconds = await burst(30);
stopWatch();
console.log(JSON.stringify({ bare, ours, stubborn: stubborn.stop, burstSeconds }));
process.exit(0);
