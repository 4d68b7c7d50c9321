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
import { parseCgroupMounts } from './cgroups/hierarchy.ts';
import { PodCgroups } from './cgroups/pod-cgroups.ts';
import { parseResolvConf } from './config/dns.ts';
import { createConfigSources } from './config/sources.ts';
import { gatedRuntime } from './cri/gated.ts';
import { logDirectory } from './directories.ts';
import { followRuntime } from './follow-runtime.ts';
import { createImageIds } from './images/image-id.ts';
import { ImagePuller } from './images/image-puller.ts';
import { parsePullSecret } from './images/pull-secrets.ts';
import { containerLogFile, terminationMessage } from './lifecycle/termination-message.ts';
import { rotateLogs } from './logs/rotation.ts';
import { capacityOf, readMachine } from './node/machine.ts';
import { NodeKeeper } from './node/node-keeper.ts';
import { createNodeStreams } from './node-streams.ts';
import type { KubeletOptions } from './options.ts';
import { hostOperatingSystem } from './os.ts';
import { type Parts, podEvent } from './pods/parts.ts';
import { type NodePod, namespaceOf, uidOf } from './pods/pod.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { RuntimeCache } from './pods/runtime-cache.ts';
import { isRunning } from './pods/runtime-state.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { createProbeRunner } from './probes/run-probe.ts';
import { createKubeletServer } from './server/create-server.ts';
import { StatusWriter } from './status/status-writer.ts';
import { createTokenSource } from './volumes/tokens.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

export interface Kubelet {
  /** Works until `signal` is aborted; pods run on. */
  run(signal: AbortSignal): Promise<void>;
  readonly streams: NodeStreams;
  /** Images were loaded into the runtime by somebody else: the Node's list is renewed. */
  imagesChanged(): void;
  health(): { readonly healthy: boolean; readonly message: string };
}

const refOf = (pod: Pod) => ({ namespace: namespaceOf(pod), name: pod.metadata.name ?? '' });
/** "Y" where the kernel has AppArmor and it is switched on. */
const APP_ARMOR = '/sys/module/apparmor/parameters/enabled';
/** How many expensive calls the runtime is given at once. */
const STARTS_PER_CPU = 2;
const MIN_STARTS = 4;

export async function createKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, informers, clock, random, nodeName, nodeIPs, dirs } = options;
  const os = options.os ?? hostOperatingSystem;
  const log = options.log;
  await os.fs.mkdir(dirs.root, { recursive: true });

  const pods = informers.informer<Pod>(PODS, { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodes = informers.informer<Node>(NODES, { fieldSelector: `metadata.name=${nodeName}` });
  const configMaps = informers.informer<ConfigMap>(CONFIG_MAPS);
  const secrets = informers.informer<Secret>(SECRETS);
  const services = informers.informer<Service>(SERVICES);
  const podClient = client.resource<Pod>(PODS);
  const recorder = createEventRecorder({ client, clock, random, log, component: 'kubelet', host: nodeName });

  const machine = await readMachine(os.fs, dirs.root);
  const cri = gatedRuntime(options.cri, Math.max(MIN_STARTS, STARTS_PER_CPU * machine.cpus));
  const capacity = capacityOf(machine, options.maxPods ?? 110);
  const tree = parseCgroupMounts(await os.fs.readFile('/proc/self/mounts', 'utf8'));
  const resolvConf = await os.fs.readFile(options.resolvConf ?? '/etc/resolv.conf', 'utf8').catch(() => '');
  const appArmor = await os.fs.readFile(APP_ARMOR, 'utf8').catch(() => '');
  const { runtimeName, runtimeVersion } = await cri.version();

  const listeners = new Map<string, Set<() => void>>();
  const onChange = (uid: string) => {
    workers.wake(uid);
    for (const listener of listeners.get(uid) ?? []) listener();
  };
  const cache = new RuntimeCache({
    runtime: cri,
    clock,
    log,
    terminationMessage: (uid, status) => terminationMessage(os.fs, dirs, uid, status),
    imageId: createImageIds({ runtime: cri, isLoaded: options.isLoadedImage ?? (async () => false) }),
    onChange,
  });
  const sources = createConfigSources({
    configMaps,
    secrets,
    services,
    configMapClient: client.resource<ConfigMap>(CONFIG_MAPS),
    secretClient: client.resource<Secret>(SECRETS),
  });
  const tokens = createTokenSource(client.resource<ServiceAccount>(SERVICE_ACCOUNTS), clock);
  const probes = new ProbeManager({
    clock,
    run: createProbeRunner(cri, clock),
    onChange,
    onUnhealthy(pod, container, kind, { result, output }) {
      const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
      const event = podEvent(parts, pod, container);
      if (result === 'failure') event('Warning', 'Unhealthy', `${name} probe failed: ${output}`);
      else if (result === 'warning') event('Warning', 'ProbeWarning', `${name} probe warning: ${output}`);
      else event('Warning', 'Unhealthy', `${name} probe errored and resulted in unknown state: ${output}`);
    },
  });
  const keeper = new NodeKeeper({
    nodes: client.resource<Node>(NODES),
    leases: client.resource<Lease>(LEASES),
    recorder,
    runtime: cri,
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
  const beforeStop = async (pod: NodePod) => {
    const ips = cache.state(uidOf(pod)).sandboxes[0]?.ips ?? [];
    if (options.beforeStop && ips.length > 0) await options.beforeStop(ips);
  };
  const parts: Parts = {
    runtime: cri,
    cache,
    pods: podClient,
    status: new StatusWriter({
      pods: podClient,
      clock,
      random,
      log,
      current: pod => pods.lister.get(refOf(pod)),
    }),
    recorder,
    volumes: new VolumeManager({ os, dirs, sources, tokens, clock }),
    images: new ImagePuller({
      runtime: cri,
      clock,
      onPulled: () => keeper.changed(),
      pullSecrets: async pod => {
        const names = (pod.spec.imagePullSecrets ?? []).map(ref => ref.name ?? '');
        const found = await Promise.all(names.map(name => sources.secret(namespaceOf(pod), name)));
        return found.flatMap(secret => (secret ? parsePullSecret(secret) : []));
      },
    }),
    probes,
    cgroups: new PodCgroups({ files: os.fs, tree, root: options.cgroupRoot }),
    sources,
    node: {
      ips: nodeIPs,
      capacity: { memoryBytes: machine.memoryBytes, cgroupVersion: tree.version },
      allocatable: () => capacity,
      dns: {
        clusterDNS: options.clusterDNS,
        clusterDomain: options.clusterDomain,
        host: parseResolvConf(resolvConf),
      },
      appArmor: appArmor.startsWith('Y'),
      hostsFile: options.hostsFile ?? '/etc/hosts',
    },
    os,
    dirs,
    clock,
    random,
    log,
    beforeStop,
  };
  const workers: PodWorkers = new PodWorkers(parts, () => {
    const node = nodes.lister.get({ name: nodeName });
    return {
      name: nodeName,
      labels: node?.metadata.labels ?? keeper.labels,
      taints: node?.spec?.taints ?? [],
    };
  });
  let problem: string | undefined = 'not started';

  const followSources = (): (() => void) => {
    const changed = (kind: 'configMaps' | 'secrets') => {
      const tell = (object: ConfigMap | Secret) =>
        workers.sourceChanged(kind, object.metadata.namespace ?? '', object.metadata.name ?? '');
      return { added: tell, updated: tell };
    };
    const stops = [configMaps.addHandlers(changed('configMaps')), secrets.addHandlers(changed('secrets'))];
    return () => {
      for (const stop of stops) stop();
    };
  };

  const streams = createNodeStreams({
    runtime: cri,
    cache,
    pod: uid => workers.pod(uid),
    os,
    dirs,
    clock,
    onChange(uid, listener) {
      const set = listeners.get(uid) ?? new Set();
      listeners.set(uid, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(uid);
      };
    },
  });
  const health = () =>
    problem === undefined ? { healthy: true, message: '' } : { healthy: false, message: problem };
  const server =
    options.server &&
    createKubeletServer(options.server, {
      files: os.fs,
      runtime: cri,
      tree,
      cgroupRoot: options.cgroupRoot,
      dirs,
      nodeName,
      machine,
      clock,
      log,
      streams,
      health,
      probes,
      version: options.version,
      logDirectory: options.server.logDirectory,
      // As the informer has them, with their status.
      pods: () => workers.list().map(pod => pods.lister.get(refOf(pod)) ?? pod) as NodePod[],
      state: uid => cache.state(uid),
      configuration: {
        clusterDNS: options.clusterDNS,
        clusterDomain: options.clusterDomain,
        maxPods: options.maxPods ?? 110,
        cgroupRoot: options.cgroupRoot,
        podLogsDir: dirs.podLogs,
        resolvConf: options.resolvConf ?? '/etc/resolv.conf',
      },
    });
  const openServer = () =>
    server?.listen().catch((error: unknown) => {
      log.error('the kubelet cannot be asked: its port does not open', { error: String(error) });
    });

  return {
    async run(signal) {
      await openServer();
      const loaded = new Promise<void>(resolve => {
        const onState = (why: string | undefined) => {
          problem = why;
          keeper.runtimeDown(why);
          if (why === undefined) resolve();
        };
        void followRuntime({ runtime: cri, cache, clock, log, onState }, signal).then(resolve);
      });
      await parts.cgroups.prepare().catch((error: unknown) => {
        log.warn('cgroup of pods without requests not prepared', { error: String(error) });
      });
      const keeping = keeper.run(signal);
      await Promise.all([loaded, pods.synced, configMaps.synced, secrets.synced, services.synced]);
      if (signal.aborted) {
        await Promise.all([keeping, server?.close()]);
        return;
      }
      const stopSources = followSources();
      const stopPods = workers.follow(pods);
      const orphans = workers.removeOrphans().catch((error: unknown) => {
        log.warn('orphans not removed', { error: String(error) });
      });
      const rotating = rotateLogs({ files: os.fs, runtime: cri, clock, log, running: runningLogs }, signal);
      await Promise.all([keeping, rotating, orphans]);
      await server?.close();
      stopPods();
      stopSources();
      await workers.stop();
      probes.forgetAll();
      await recorder.close();
    },
    streams,
    imagesChanged: () => keeper.changed(),
    health,
  };

  function runningLogs() {
    return workers.list().flatMap(pod =>
      cache
        .state(uidOf(pod))
        .containers.filter(isRunning)
        .map(({ name, restartCount, status }) => ({
          containerId: status.id,
          path: containerLogFile(logDirectory(dirs, pod), name, restartCount),
        })),
    );
  }
}
