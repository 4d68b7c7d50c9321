/**
 * The kubelet of one node: puts its parts together and feeds them. What a pod's containers do is
 * decided in pods/plan.ts, what the API sees in status/; everything here is wiring.
 *
 *   informer ─┐                       ┌─► CRI: sandboxes, containers, images
 *   events ───┼─► PodWorkers ─► plan ─┤
 *   probes ───┘                       └─► StatusWriter ─► API
 *
 * It is driven by the pod informer, the runtime's task events, probes and deadlines; it asks the
 * runtime for a whole list only when it starts and after the event stream was lost. Stopping it
 * stops nothing that runs: the next start adopts what is there.
 */
import { createEventRecorder } from '../client/event-recorder.ts';
import {
  CONFIG_MAPS,
  LEASES,
  NODES,
  PODS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from '../client/resources.ts';
import type { Lease } from '../generated/coordination-v1.ts';
import type { ConfigMap, Node, Pod, Secret, Service, ServiceAccount } from '../generated/core-v1.ts';
import type { NodeStreams } from '../wire/streams/contract.ts';
import { PodCgroups } from './cgroups/pod-cgroups.ts';
import { createConfigSources } from './config/sources.ts';
import { gatedRuntime } from './cri/gated.ts';
import { createImageIds } from './images/image-id.ts';
import { ImagePuller } from './images/image-puller.ts';
import { pullSecretsOf } from './images/pull-secrets.ts';
import { terminationMessage } from './lifecycle/termination-message.ts';
import { readNodeFacts } from './node/node-facts.ts';
import { NodeKeeper } from './node/node-keeper.ts';
import { createNodeStreams } from './node-streams.ts';
import type { KubeletOptions } from './options.ts';
import { hostOperatingSystem } from './os.ts';
import { ChangeListeners } from './pods/change-listeners.ts';
import { type Parts, unhealthyEvent } from './pods/parts.ts';
import { type NodePod, namespaceOf, uidOf } from './pods/pod.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { RuntimeCache } from './pods/runtime-cache.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { createProbeRunner } from './probes/run-probe.ts';
import { runKubelet } from './run-kubelet.ts';
import { createKubeletServer } from './server/create-server.ts';
import { StatusWriter } from './status/status-writer.ts';
import { createTokenSource } from './volumes/tokens.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

export interface Kubelet {
  /** Works until `signal` is aborted; pods run on. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  readonly streams: NodeStreams;
  /** Images were loaded into the runtime by somebody else: the Node's list is renewed. */
  imagesChanged(): void;
  health(): { readonly healthy: boolean; readonly message: string };
}

const refOf = (pod: Pod) => ({ namespace: namespaceOf(pod), name: pod.metadata.name ?? '' });
/** How many expensive calls the runtime is given at once. */
const STARTS_PER_CPU = 2;
const MIN_STARTS = 4;
/** Upstream's defaults. */
const MAX_PODS = 110;
const RESOLV_CONF = '/etc/resolv.conf';

/**
 * Reads what the node is, and asks the runtime for its version; nothing else is done before `run`.
 * @throws Error when the runtime does not answer, or the data directory cannot be made
 */
export async function createKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, clock, random, log, nodeName, nodeIPs, dirs } = options;
  const { os = hostOperatingSystem, maxPods = MAX_PODS, resolvConf = RESOLV_CONF } = options;
  await os.fs.mkdir(dirs.root, { recursive: true });
  const facts = await readNodeFacts(os.fs, { dataDirectory: dirs.root, resolvConf, maxPods });
  const { machine, capacity } = facts;
  const runtime = gatedRuntime(options.cri, Math.max(MIN_STARTS, STARTS_PER_CPU * machine.cpus));
  const { runtimeName, runtimeVersion } = await runtime.version();

  const informers = informersOf(options);
  const podClient = client.resource<Pod>(PODS);
  const recorder = createEventRecorder({ client, clock, random, log, component: 'kubelet', host: nodeName });
  const listeners = new ChangeListeners();
  const onChange = (uid: string) => {
    workers.wake(uid);
    listeners.tell(uid);
  };
  const cache = new RuntimeCache({
    runtime,
    clock,
    log,
    terminationMessage: (uid, status) => terminationMessage(os.fs, dirs, uid, status),
    imageId: createImageIds({ runtime, isLoaded: options.isLoadedImage ?? (async () => false) }),
    onChange,
  });
  const sources = createConfigSources({
    ...informers,
    configMapClient: client.resource<ConfigMap>(CONFIG_MAPS),
    secretClient: client.resource<Secret>(SECRETS),
  });
  const tokens = createTokenSource(client.resource<ServiceAccount>(SERVICE_ACCOUNTS), clock);
  const keeper = new NodeKeeper({
    nodes: client.resource<Node>(NODES),
    leases: client.resource<Lease>(LEASES),
    recorder,
    runtime,
    clock,
    log,
    input: {
      nodeName,
      hostname: options.hostname ?? nodeName,
      nodeIPs,
      podCIDRs: options.podCIDRs ?? [],
      labels: options.nodeLabels ?? {},
      machine,
      capacity,
      allocatable: capacity,
      kubeletVersion: options.version,
      runtimeVersion: `${runtimeName}://${runtimeVersion}`,
      get kubeletPort() {
        return server?.port;
      },
    },
  });
  const parts: Parts = {
    runtime,
    cache,
    pods: podClient,
    status: new StatusWriter({
      pods: podClient,
      clock,
      random,
      log,
      current: pod => informers.pods.lister.get(refOf(pod)),
    }),
    recorder,
    volumes: new VolumeManager({ os, dirs, sources, tokens, clock }),
    images: new ImagePuller({
      runtime,
      clock,
      onPulled: () => keeper.changed(),
      pullSecrets: pod => pullSecretsOf(pod, sources),
    }),
    probes: new ProbeManager({
      clock,
      run: createProbeRunner(runtime, clock),
      onChange,
      onUnhealthy: (...found) => unhealthyEvent(parts, ...found),
    }),
    cgroups: new PodCgroups({ files: os.fs, tree: facts.cgroups, root: options.cgroupRoot }),
    sources,
    node: {
      ips: nodeIPs,
      capacity: { memoryBytes: machine.memoryBytes, cgroupVersion: facts.cgroups.version },
      allocatable: () => capacity,
      dns: { clusterDNS: options.clusterDNS, clusterDomain: options.clusterDomain, host: facts.dns },
      appArmor: facts.appArmor,
      hostsFile: options.hostsFile ?? '/etc/hosts',
    },
    os,
    dirs,
    clock,
    random,
    log,
    async beforeStop(pod) {
      const ips = cache.state(uidOf(pod)).sandboxes[0]?.ips ?? [];
      if (ips.length > 0) await options.beforeStop?.(ips);
    },
  };
  const workers: PodWorkers = new PodWorkers(parts, () => {
    const node = informers.nodes.lister.get({ name: nodeName });
    return {
      name: nodeName,
      labels: node?.metadata.labels ?? keeper.labels,
      taints: node?.spec?.taints ?? [],
    };
  });
  const streams = createNodeStreams({
    runtime,
    cache,
    pod: uid => workers.pod(uid),
    os,
    dirs,
    clock,
    onChange: (uid, listener) => listeners.add(uid, listener),
  });
  let problem: string | undefined = 'not started';
  const health = () => ({ healthy: problem === undefined, message: problem ?? '' });
  const server =
    options.server &&
    createKubeletServer(options.server, {
      files: os.fs,
      runtime,
      tree: facts.cgroups,
      cgroupRoot: options.cgroupRoot,
      dirs,
      nodeName,
      machine,
      clock,
      log,
      streams,
      health,
      probes: parts.probes,
      version: options.version,
      logDirectory: options.server.logDirectory,
      // As the informer has them, with their status.
      pods: () => workers.list().map(pod => informers.pods.lister.get(refOf(pod)) ?? pod) as NodePod[],
      state: uid => cache.state(uid),
      configuration: {
        clusterDNS: options.clusterDNS,
        clusterDomain: options.clusterDomain,
        maxPods,
        cgroupRoot: options.cgroupRoot,
        podLogsDir: dirs.podLogs,
        resolvConf,
      },
    });
  const onState = (why: string | undefined) => {
    problem = why;
  };
  return {
    run: signal => runKubelet({ parts, workers, keeper, recorder, server, informers, onState }, signal),
    streams,
    imagesChanged: () => keeper.changed(),
    health,
  };
}

function informersOf({ informers, nodeName }: KubeletOptions) {
  return {
    pods: informers.informer<Pod>(PODS, { fieldSelector: `spec.nodeName=${nodeName}` }),
    nodes: informers.informer<Node>(NODES, { fieldSelector: `metadata.name=${nodeName}` }),
    configMaps: informers.informer<ConfigMap>(CONFIG_MAPS),
    secrets: informers.informer<Secret>(SECRETS),
    services: informers.informer<Service>(SERVICES),
  };
}
