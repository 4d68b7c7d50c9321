/** A kubelet with a real containerd and an API server in process; no scheduler, pods are bound by hand. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { CONFIG_MAPS, EVENTS, PODS, SECRETS, SERVICE_ACCOUNTS } from '../client/resources.ts';
import type { ConfigMap, Event, Pod, PodSpec, Secret } from '../generated/core-v1.ts';
import { type InProcessCluster, startInProcessCluster } from '../testing/in-process-cluster.ts';
import { type ContainerdLab, startContainerdLab } from '../testing/programs/containerd-lab.ts';
import type { LogOptions } from '../wire/streams/contract.ts';
import { createKubelet, type Kubelet } from './kubelet.ts';

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
  cluster = await startInProcessCluster({ clock: systemClock, random: systemRandom });
  client = cluster.client();
  await client.resource(SERVICE_ACCOUNTS).create({
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
  const events = await client.resource<Event>(EVENTS).list({});
  return events.items
    .filter(event => event.involvedObject.name === name)
    .map(event => `${event.type} ${event.reason} ${event.involvedObject.fieldPath ?? ''}: ${event.message}`);
}

test('a pod runs, is ready, tells its events and goes', async () => {
  await create('first', { containers: [shell(SLEEP)] });
  const pod = await until('first', isReady);
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
  await remove('first');
  await vi.waitFor(async () => expect(await lab.runtime.listPodSandbox()).toEqual([]));
});

test('a failing container is restarted at once, then backs off; its last end is told', async () => {
  await create('crash', {
    containers: [
      {
        ...shell('echo because > /dev/termination-log; exit 3'),
        terminationMessagePath: '/dev/termination-log',
      },
    ],
  });
  const pod = await until('crash', p => p.status?.containerStatuses?.[0]?.restartCount === 1);
  expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
    exitCode: 3,
    reason: 'Error',
    message: 'because\n',
  });
  const waiting = await until(
    'crash',
    p => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
  );
  expect(waiting.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
    /^back-off 10s restarting failed container=main pod=crash_default\(/,
  );
  expect(await eventsOf('crash')).toContainEqual(
    expect.stringContaining(
      'Warning BackOff spec.containers{main}: Back-off restarting failed container main in pod',
    ),
  );
  await until('crash', p => p.status?.containerStatuses?.[0]?.restartCount === 2);
  await remove('crash');
});

test('pods that end are Succeeded or Failed by their exit codes, and keep their logs', async () => {
  await create('good', { restartPolicy: 'Never', containers: [shell('echo done')] });
  await create('bad', { restartPolicy: 'Never', containers: [shell('exit 4')] });
  const good = await until('good', p => p.status?.phase === 'Succeeded');
  expect(good.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', reason: 'PodCompleted' }),
  );
  const bad = await until('bad', p => p.status?.phase === 'Failed');
  expect(bad.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 4,
    reason: 'Error',
  });
  expect(await logOf(good)).toBe('done\n');
  await remove('good');
  await remove('bad');
});

test('init containers run in order before the others, a sidecar beside them', async () => {
  await create('init', {
    initContainers: [
      { ...shell(`echo side; ${SLEEP}`, 'side'), restartPolicy: 'Always' },
      shell('echo one >> /v/order', 'one'),
      shell('echo two >> /v/order', 'two'),
    ].map(c => ({ ...c, volumeMounts: [{ name: 'v', mountPath: '/v' }] })),
    containers: [{ ...shell(`cat /v/order; ${SLEEP}`), volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    volumes: [{ name: 'v', emptyDir: {} }],
  });
  const pod = await until('init', isReady);
  expect(
    pod.status?.initContainerStatuses?.map(s => [s.name, s.ready, Object.keys(s.state ?? {})[0]]),
  ).toEqual([
    ['side', true, 'running'],
    ['one', true, 'terminated'],
    ['two', true, 'terminated'],
  ]);
  await vi.waitFor(async () => expect(await logOf(pod)).toBe('one\ntwo\n'));
  await remove('init');
});

test('config maps, secrets and the pod itself are there as files and variables, and follow changes', async () => {
  const maps = client.resource<ConfigMap>(CONFIG_MAPS);
  const secrets = client.resource<Secret>(SECRETS);
  const metadata = (name: string) => ({ name, namespace: 'default' });
  await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('cm'), data: { a: '1' } });
  await secrets.create({ apiVersion: 'v1', kind: 'Secret', metadata: metadata('s'), data: { k: 'dg==' } });
  await create('conf', {
    containers: [
      {
        ...shell(`echo $A $B $NAME $IP $(cat /c/a /s/k /d/labels); ${SLEEP}`),
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'a' } } },
          { name: 'B', value: 'b$(A)' },
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        ],
        volumeMounts: [
          { name: 'c', mountPath: '/c' },
          { name: 's', mountPath: '/s', readOnly: true },
          { name: 'd', mountPath: '/d' },
        ],
      },
    ],
    volumes: [
      { name: 'c', configMap: { name: 'cm' } },
      { name: 's', secret: { secretName: 's', defaultMode: 0o400 } },
      { name: 'd', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.name' } }] } },
    ],
  });
  const pod = await until('conf', isReady);
  const ip = pod.status?.podIP;
  await vi.waitFor(async () => expect(await logOf(pod)).toBe(`1 b1 conf ${ip} 1vconf\n`));
  const map = await maps.get(ref('cm'));
  await maps.update({ ...map, data: { a: '2' } });
  await vi.waitFor(async () => expect(await inContainer(pod, 'cat /c/a')).toBe('2'));
  await remove('conf');
});

test('a missing config map keeps a container waiting until it appears', async () => {
  await create('late', { containers: [{ ...shell(SLEEP), envFrom: [{ configMapRef: { name: 'late' } }] }] });
  const pod = await until(
    'late',
    p => p.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError',
  );
  expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('configmap "late" not found');
  const maps = client.resource<ConfigMap>(CONFIG_MAPS);
  await maps.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'late', namespace: 'default' },
    data: { A: '1' },
  });
  await until('late', isReady, 3000);
  await remove('late');
});

test('images that cannot be had are told as upstream tells them', async () => {
  await create('never', { containers: [{ ...shell(SLEEP), image: 'nowhere:v9', imagePullPolicy: 'Never' }] });
  await create('refused', { containers: [{ ...shell(SLEEP), image: '127.0.0.1:9/none:v1' }] });
  const reason = (p: Pod) => p.status?.containerStatuses?.[0]?.state?.waiting?.reason;
  await until('never', p => reason(p) === 'ErrImageNeverPull');
  await until('refused', p => reason(p) === 'ErrImagePull');
  await until('refused', p => reason(p) === 'ImagePullBackOff');
  const image = '"127.0.0.1:9/none:v1"';
  expect(await eventsOf('refused')).toEqual([
    `Normal Pulling spec.containers{main}: Pulling image ${image}`,
    expect.stringMatching(
      /^Warning Failed spec.containers\{main\}: Failed to pull image "127.0.0.1:9\/none:v1": failed to pull and unpack image/,
    ),
    'Warning Failed spec.containers{main}: Error: ErrImagePull',
    `Normal BackOff spec.containers{main}: Back-off pulling image ${image}`,
    'Warning Failed spec.containers{main}: Error: ImagePullBackOff',
  ]);
  await remove('never');
  await remove('refused');
});

test('a container that ignores TERM is killed when its grace period is over, not much later', async () => {
  await create('stubborn', { containers: [shell("trap '' TERM; while true; do sleep 1; done")] });
  await until('stubborn', isReady);
  const startedMs = performance.now();
  await remove('stubborn');
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(1_000);
  expect(tookMs).toBeLessThan(6_000);
});

test('preStop is run and counts; a failing liveness probe restarts its container', async () => {
  await create('hooked', {
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        ...shell(`touch /tmp/alive; ${SLEEP}`),
        livenessProbe: { exec: { command: ['cat', '/tmp/alive'] }, periodSeconds: 1, failureThreshold: 1 },
        readinessProbe: { exec: { command: ['cat', '/tmp/alive'] }, periodSeconds: 1 },
        lifecycle: {
          postStart: { exec: { command: ['sh', '-c', 'echo started > /tmp/hook'] } },
          preStop: { exec: { command: ['sleep', '1'] } },
        },
      },
    ],
  });
  const pod = await until('hooked', isReady);
  expect(await inContainer(pod, 'cat /tmp/hook')).toBe('started\n');
  await inContainer(pod, 'rm /tmp/alive');
  await until('hooked', p => p.status?.containerStatuses?.[0]?.restartCount === 1);
  const events = await eventsOf('hooked');
  expect(events).toContainEqual(
    expect.stringMatching(/^Warning Unhealthy spec.containers\{main\}: Liveness probe failed: cat/),
  );
  expect(events).toContainEqual(
    'Normal Killing spec.containers{main}: Container main failed liveness probe, will be restarted',
  );
  await until('hooked', isReady);
  const startedMs = performance.now();
  await remove('hooked');
  expect(performance.now() - startedMs).toBeGreaterThan(1000);
});

test('limits become cgroups; using more memory ends in OOMKilled', async () => {
  await create('oom', {
    restartPolicy: 'Never',
    containers: [
      {
        ...shell('x=a; while true; do x=$x$x$x; done'),
        resources: { limits: { memory: '16Mi', cpu: '200m' }, requests: { memory: '16Mi', cpu: '100m' } },
      },
    ],
  });
  const pod = await until('oom', p => p.status?.phase === 'Failed');
  expect(pod.status).toMatchObject({ qosClass: 'Burstable' });
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    exitCode: 137,
    reason: 'OOMKilled',
  });
  await remove('oom');
});

test('two containers share network, IPC and host name, not files and processes; the address survives a restart', async () => {
  await create('two', { containers: [shell(`echo hi > /tmp/x; ${SLEEP}`, 'a'), shell(SLEEP, 'b')] });
  const pod = await until('two', isReady);
  const links = (container: string) =>
    inContainer(pod, 'cd /proc/1/ns; for n in net ipc uts mnt pid; do readlink $n; done', container);
  const [a, b] = [(await links('a')).split('\n'), (await links('b')).split('\n')];
  expect(a.slice(0, 3)).toEqual(b.slice(0, 3));
  expect(a[3]).not.toBe(b[3]);
  expect(a[4]).not.toBe(b[4]);
  expect(await inContainer(pod, 'hostname', 'b')).toBe('two\n');
  const [record] = await lab.runtime.listContainers({
    labelSelector: { 'io.kubernetes.container.name': 'a', 'io.kubernetes.pod.name': 'two' },
  });
  await lab.runtime.stopContainer(record?.id ?? '', 0);
  const again = await until('two', p => p.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(p));
  expect(again.status?.podIP).toBe(pod.status?.podIP);
  await remove('two');
});

test('a restart of the kubelet adopts what runs, and removes what is gone from the API', async () => {
  const before = await create('kept', { containers: [shell(SLEEP)] }).then(() => until('kept', isReady));
  await create('lost', { containers: [shell(SLEEP)] });
  await until('lost', isReady);
  await stop();
  await pods().delete(ref('lost'), { gracePeriodSeconds: 0 });
  await startKubelet();
  await vi.waitFor(
    async () => expect((await lab.runtime.listPodSandbox()).map(s => s.metadata.name)).toEqual(['kept']),
    { timeout: 10_000 },
  );
  const after = await pods().get(ref('kept'));
  expect(after.status?.containerStatuses).toEqual(before.status?.containerStatuses);
  expect(after.status?.podIP).toBe(before.status?.podIP);
  await remove('kept');
});

test('a pod killed with its sandbox is made again, in a new sandbox', async () => {
  const before = await create('again', { containers: [shell(SLEEP)] }).then(() => until('again', isReady));
  const isOurs = (s: { metadata: { name: string } }) => s.metadata.name === 'again';
  const sandbox = (await lab.runtime.listPodSandbox()).find(isOurs);
  await lab.runtime.stopPodSandbox(sandbox?.id ?? '');
  // The container may be started once more in the old sandbox, which is on its way out, and wait.
  const isNew = (p: Pod) => p.status?.podIP !== before.status?.podIP && isReady(p);
  const after = await until('again', isNew, 30_000);
  expect(after.status?.containerStatuses?.[0]?.restartCount).toBeGreaterThan(0);
  await remove('again');
});

test('the event stream is taken up again after containerd was restarted', async () => {
  await create('outlives', { containers: [shell(`sleep 3; exit 5`)], restartPolicy: 'Never' });
  await until('outlives', isReady);
  await lab.restart();
  const pod = await until('outlives', p => p.status?.phase === 'Failed');
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(5);
  await remove('outlives');
});

test('followed logs give each line once and end with the container', async () => {
  await create('logs', {
    restartPolicy: 'Never',
    containers: [shell('for i in 1 2 3; do echo $i; sleep 0.3; done')],
  });
  const pod = await until('logs', p => p.status?.phase === 'Running');
  expect(await logOf(pod, { follow: true })).toBe('1\n2\n3\n');
  expect(await logOf(pod, { tailLines: 2 })).toBe('2\n3\n');
  expect(await logOf(pod, { timestamps: true, limitBytes: 11 })).toMatch(/^\d{4}-\d\d-\d\dT$/);
  await remove('logs');
});

test('nothing is left behind', async () => {
  const entries = (...path: string[]) => readdir(join(lab.directory, ...path)).catch(() => []);
  const rest = async () => [
    ...(await lab.runtime.listPodSandbox()),
    ...(await lab.runtime.listContainers()),
    ...(await entries('logs')),
    ...(await entries('kubelet', 'pods')),
  ];
  await vi.waitFor(async () => expect(await rest()).toEqual([]), { timeout: 10_000 });
});

async function logOf(pod: Pod, options: LogOptions = {}): Promise<string> {
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  const container = pod.spec?.containers[0]?.name ?? '';
  const target = { namespace, pod: name, uid, container };
  let text = '';
  for await (const chunk of await kubelet.streams.logs(target, options, new AbortController().signal))
    text += chunk;
  return text;
}

async function inContainer(pod: Pod, script: string, container = 'main'): Promise<string> {
  const id = pod.status?.containerStatuses
    ?.find(s => s.name === container)
    ?.containerID?.replace('containerd://', '');
  const { stdout } = await lab.runtime.execSync(id ?? '', ['sh', '-c', script], 10);
  return stdout.toString();
}
