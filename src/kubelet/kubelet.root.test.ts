/** A kubelet with a real containerd and an API server in process; no scheduler, pods are bound by hand. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { KindDefinition } from '../api/kind.ts';
import { builtinKinds } from '../api/kinds.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { Event, Pod, PodSpec } from '../generated/core-v1.ts';
import { type ContainerdLab, startContainerdLab } from '../testing/containerd-lab.ts';
import { type InProcessCluster, startInProcessCluster } from '../testing/in-process-cluster.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
let lab: ContainerdLab;
let cluster: InProcessCluster;
let client: Client;
let kubelet: Kubelet;
let stop: () => Promise<void>;

async function startKubelet(): Promise<void> {
  const controller = new AbortController();
  const log = process.env['PEAPOD_TEST_LOG'] ? consoleLogger() : silentLogger;
  const informers = new InformerFactory({
    client,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
  });
  kubelet = await createKubelet({
    client,
    informers,
    cri: lab.runtime,
    nodeName: 'node-1',
    nodeIPs: ['192.0.2.1'],
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    dirs: { root: join(lab.directory, 'kubelet'), podLogs: join(lab.directory, 'logs') },
    cgroupRoot: lab.cgroupRoot,
    version: 'v1.36.2',
    clock: systemClock,
    random: systemRandom,
    log,
  });
  const running = Promise.all([informers.run(controller.signal), kubelet.run(controller.signal)]);
  stop = async () => {
    controller.abort();
    await running;
  };
}

function consoleLogger(): typeof silentLogger {
  const write = (level: string) => (message: string, fields?: object) =>
    console.log(level, message, fields ?? '');
  return {
    debug: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    with: () => consoleLogger(),
  };
}

beforeAll(async () => {
  lab = await startContainerdLab('pp-kubelet');
  cluster = await startInProcessCluster({ clock: systemClock, random: systemRandom, kinds: withPods() });
  client = cluster.client();
  await client.resource({ group: '', version: 'v1', resource: 'serviceaccounts' }).create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  });
  await startKubelet();
}, 120_000);

afterAll(async () => {
  await stop?.();
  await cluster?.close();
  await lab?.close();
});

function withPods() {
  if (builtinKinds.some(kind => kind.plural === 'pods' && kind.group === '')) return builtinKinds;
  const pod: KindDefinition<Pod> = {
    group: '',
    version: 'v1',
    kind: 'Pod',
    plural: 'pods',
    singular: 'pod',
    namespaced: true,
    schema: 'io.k8s.api.core.v1.Pod',
    tracksGeneration: true,
    gracePeriodSeconds: (pod, asked) => asked ?? pod.spec?.terminationGracePeriodSeconds ?? 30,
    subresources: { status: {} },
    selectableFields: { 'spec.nodeName': pod => pod.spec?.nodeName ?? '' },
  };
  return [...builtinKinds, pod as unknown as KindDefinition];
}

const pods = () => client.resource<Pod>(PODS);
const ref = (name: string) => ({ namespace: 'default', name });

async function create(name: string, spec: Partial<PodSpec>): Promise<Pod> {
  return pods().create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [],
      ...spec,
    },
  });
}

const shell = (script: string, name = 'main') => ({
  name,
  image: 'busyboxplus',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
});
const SLEEP = "trap 'exit 0' TERM; sleep 1000 & wait";

async function until(name: string, condition: (pod: Pod) => boolean, timeout = 20_000): Promise<Pod> {
  return vi.waitFor(
    async () => {
      const pod = await pods().get(ref(name));
      if (!condition(pod)) throw new Error(`${name} is at ${JSON.stringify(pod.status)}`);
      return pod;
    },
    { timeout, interval: 10 },
  );
}

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false;

async function remove(name: string): Promise<void> {
  await pods().delete(ref(name), {});
  await vi.waitFor(() => expect(pods().get(ref(name))).rejects.toThrow('not found'), {
    timeout: 20_000,
    interval: 10,
  });
}

async function eventsOf(name: string): Promise<string[]> {
  const events = await client.resource<Event>({ group: '', version: 'v1', resource: 'events' }).list({});
  return events.items
    .filter(event => event.involvedObject.name === name)
    .map(event => `${event.type} ${event.reason} ${event.involvedObject.fieldPath ?? ''}: ${event.message}`);
}

test('a pod runs, is ready, tells its events and goes', async () => {
  const startedMs = performance.now();
  await create('first', { containers: [shell(SLEEP)] });
  const pod = await until('first', isReady);
  console.log(`ready after ${Math.round(performance.now() - startedMs)} ms`);
  expect(pod.status).toMatchObject({
    phase: 'Running',
    podIP: expect.stringMatching(/^10\.244\.0\./),
    hostIP: '192.0.2.1',
    qosClass: 'BestEffort',
    containerStatuses: [
      {
        name: 'main',
        ready: true,
        started: true,
        restartCount: 0,
        image: 'docker.io/library/busyboxplus:latest',
      },
    ],
  });
  await vi.waitFor(async () =>
    expect(await eventsOf('first')).toEqual([
      'Normal Pulled spec.containers{main}: Container image "busyboxplus" already present on machine and can be accessed by the pod',
      'Normal Created spec.containers{main}: Container created',
      'Normal Started spec.containers{main}: Container started',
    ]),
  );
  const deletedMs = performance.now();
  await remove('first');
  console.log(`gone after ${Math.round(performance.now() - deletedMs)} ms`);
  await vi.waitFor(async () => expect(await lab.runtime.listPodSandbox()).toEqual([]));
});
