/** A kubelet over a fake runtime, a file system in memory and an API server in process; virtual time. */
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client, ResourceClient } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { EVENTS, PODS, SERVICE_ACCOUNTS } from '../client/resources.ts';
import type { ContainerState, Event, Pod, PodSpec } from '../generated/core-v1.ts';
import { createFakeRuntime, type FakeRuntime } from '../kubelet/cri/fake.ts';
import { createKubelet, type Kubelet } from '../kubelet/kubelet.ts';
import type { KubeletOptions } from '../kubelet/options.ts';
import { startInProcessCluster } from './in-process-cluster.ts';
import { type MemoryOperatingSystem, memoryOperatingSystem } from './memory-os.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface KubeletWorld extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly runtime: FakeRuntime;
  readonly os: MemoryOperatingSystem;
  readonly client: Client;
  readonly kubelet: Kubelet;
  readonly pods: ResourceClient<Pod>;
  create(name: string, spec: Partial<PodSpec>, metadata?: Pod['metadata']): Promise<Pod>;
  /** Asks the API to delete the pod. `gracePeriodSeconds` absent: the pod's own. */
  remove(name: string, gracePeriodSeconds?: number): Promise<void>;
  /** The pod as the API has it; undefined when it is gone. */
  pod(name: string): Pod | undefined;
  /** Every version of the pod that a watch saw, its last one included. */
  versions(name: string): readonly Pod[];
  /** Moves time until the condition holds. */
  until(
    name: string,
    condition: (pod: Pod | undefined) => boolean,
    limitMs?: number,
  ): Promise<Pod | undefined>;
  /** `type reason: message`, in order, without repeats. */
  events(name: string): Promise<string[]>;
  /** Stops the kubelet, lets something happen, and starts another one over the same runtime and files. */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
}

const NODE = 'node-1';

export async function startKubeletWorld(options: Partial<KubeletOptions> = {}): Promise<KubeletWorld> {
  const clock = virtualClock({ settleTurns: 40 });
  const random = seededRandom(7);
  const cluster = await startInProcessCluster({ clock, random });
  const client = cluster.client();
  await client.resource(SERVICE_ACCOUNTS).create({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: 'default' },
  });
  const runtime = createFakeRuntime(clock);
  for (const image of ['app', 'side']) runtime.images.set(image, {});
  const os = memoryOperatingSystem();
  const observer = new InformerFactory({ client, clock, random, log: silentLogger });
  const pods = observer.informer<Pod>(PODS);
  const seen = new Map<string, Pod[]>();
  const note = (pod: Pod) => {
    const name = pod.metadata.name ?? '';
    seen.set(name, [...(seen.get(name) ?? []), pod]);
  };
  pods.addHandlers({ added: note, updated: note, deleted: note });
  const end = new AbortController();
  const observing = observer.run(end.signal);

  const start = async () => {
    const controller = new AbortController();
    const informers = new InformerFactory({ client, clock, random, log: silentLogger });
    const kubelet = await createKubelet({
      client,
      informers,
      cri: runtime,
      nodeName: NODE,
      nodeIPs: ['192.0.2.1'],
      clusterDNS: ['10.96.0.10'],
      clusterDomain: 'cluster.local',
      dirs: { root: '/data/kubelet', podLogs: '/data/logs' },
      cgroupRoot: '/lab',
      version: 'v1.36.2',
      clock,
      random,
      log: silentLogger,
      os,
      ...options,
    });
    const running = Promise.all([informers.run(controller.signal), kubelet.run(controller.signal)]);
    await clock.settle();
    const stop = async () => {
      controller.abort();
      await running;
    };
    return { kubelet, stop };
  };
  let current = await start();

  const world: KubeletWorld = {
    clock,
    runtime,
    os,
    client,
    pods: client.resource<Pod>(PODS),
    get kubelet() {
      return current.kubelet;
    },
    async create(name, spec, metadata = {}) {
      const pod = await world.pods.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: { nodeName: NODE, automountServiceAccountToken: false, containers: [container()], ...spec },
      });
      await clock.settle();
      return pod;
    },
    remove: (name, gracePeriodSeconds) =>
      world.pods.delete(
        { namespace: 'default', name },
        gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds },
      ),
    pod: name => pods.lister.get({ namespace: 'default', name }),
    versions: name => seen.get(name) ?? [],
    async until(name, condition, limitMs = 60_000) {
      await clock.settle();
      await clock.until(() => condition(world.pod(name)), limitMs);
      return world.pod(name);
    },
    async events(name) {
      await clock.settle();
      const list = await client.resource<Event>(EVENTS).list({});
      return list.items
        .filter(event => event.involvedObject.name === name)
        .map(event => `${event.type} ${event.reason}: ${event.message}`);
    },
    async restart(meanwhile = async () => {}) {
      await current.stop();
      await meanwhile();
      current = await start();
    },
    async [Symbol.asyncDispose]() {
      await current.stop();
      end.abort();
      await observing;
      await cluster.close();
    },
  };
  return world;
}

export const container = (name = 'main', image = 'app') => ({
  name,
  image,
  imagePullPolicy: 'IfNotPresent',
  terminationMessagePath: '/dev/termination-log',
});

/** What a person would call the state of the first container. */
export function stateOf(pod: Pod | undefined, index = 0): string {
  const state: ContainerState = pod?.status?.containerStatuses?.[index]?.state ?? {};
  if (state.running) return 'running';
  return state.waiting?.reason ?? state.terminated?.reason ?? 'none';
}

export const restartsOf = (pod: Pod | undefined): number =>
  pod?.status?.containerStatuses?.[0]?.restartCount ?? 0;

export const isReady = (pod: Pod | undefined): boolean =>
  pod?.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True') ?? false;
