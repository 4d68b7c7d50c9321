/**
 * The one-process cluster: what `peapod server` runs. It joins the parts, none of which knows
 * another, and starts and stops them in order.
 *
 *     registry, containerd ─┐
 *     network ── API server ┴─ images ── controllers, scheduler, proxy, DNS ── kubelet ── Ready
 *
 * Ending it (or its being killed) leaves containerd, pods and rules as they are: the next server
 * takes them over. `down` is what stops them (lifecycle/stop-cluster.ts).
 */
import { once, setMaxListeners } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { version } from '../apiserver/nonresource/version.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { systemCommands } from '../base/run-command.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { createRuntimeClient } from '../kubelet/cri/client.ts';
import type { ContainerRuntime } from '../kubelet/cri/contract.ts';
import type { NodeStreams } from '../wire/streams/contract.ts';
import { adminEntry } from './certificates/admin-entry.ts';
import { type ClusterCertificates, ensureClusterCertificates } from './certificates/cluster-certificates.ts';
import { kubeconfig } from './certificates/kubeconfig.ts';
import { startComponent } from './component.ts';
import { startContainerd, writeRegistryHosts } from './containerd/supervisor.ts';
import { openControlPlane } from './control-plane.ts';
import { readPidFile, removePidFile, writePidFile } from './host/processes.ts';
import { type ClusterPaths, SANDBOX_IMAGE } from './layout.ts';
import { type ComponentLogs, openLogs } from './logging.ts';
import { componentStreams } from './mirror/component-streams.ts';
import { mirrorPodName } from './mirror/mirror-pod.ts';
import { type HealthSource, mirrorPodsPart } from './mirror/mirror-pods.ts';
import { createNodeParts, nodeNetwork } from './node.ts';
import { createControlPlaneParts } from './parts.ts';
import { presentImages } from './registry/present-images.ts';
import { serveRegistry } from './registry/server.ts';
import type { ClusterSettings } from './settings.ts';
import { untilNodeReady } from './until-node-ready.ts';

/** A component that hangs must not keep the others, and the store, from ending in order. */
const STOP_LIMIT_MS = 3_000;

export interface ServerOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted: end in order. */
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  /** The node is Ready. */
  readonly onReady: () => void;
}

export async function runServer(options: ServerOptions): Promise<void> {
  const { paths, signal } = options;
  if (await readPidFile(paths.serverPid)) throw new Error(`a server runs already on ${paths.dataDir}`);
  await writePidFile(paths.serverPid, process.pid);
  // What has been opened, to be closed in reverse order however this ends.
  const opened: Closer[] = [{ name: 'pid file', close: () => removePidFile(paths.serverPid) }];
  const log = openLogs(paths.logs).of('peapod');
  try {
    const { failure } = await open(options, (name, close) => opened.push({ name, close }));
    await Promise.race([failure, aborted(signal)]);
  } finally {
    for (const { name, close } of opened.reverse()) {
      log.info('closing', { part: name });
      await close();
    }
  }
}

interface Closer {
  readonly name: string;
  close(): Promise<void> | void;
}
type OnClose = (name: string, close: Closer['close']) => void;

/** Opens everything. `failure` rejects when a component ends without being told to. */
async function open(options: ServerOptions, onClose: OnClose): Promise<{ failure: Promise<never> }> {
  const { paths, settings, clock, random, signal, onReady } = options;
  const logs = openLogs(paths.logs);
  const onStep = (text: string) => {
    logs.of('peapod').info(text, { uptimeMs: Math.round(clock.monotonic()) });
    options.onStep(text);
  };
  const commands = systemCommands();
  const background = new AbortController();
  setMaxListeners(0, background.signal, signal);

  onStep('starting containerd and the network');
  const network = nodeNetwork(settings, paths, commands, logs);
  const runtimeReady = openRuntime(options, logs, background.signal, onClose);
  // Not awaited yet: when the network fails first, this must not count as unhandled.
  runtimeReady.catch(() => {});
  const networkInfo = await network.setUp();

  onStep('starting the API server');
  const certificates = await ensureClusterCertificates({
    dir: paths.certificates,
    dnsNames: serverNames(settings),
    ipAddresses: [settings.kubernetesIp, networkInfo.nodeAddress, networkInfo.gateway, '127.0.0.1', '::1'],
    nowMs: clock.now(),
  });
  await writeAdminKubeconfig(paths, settings, certificates);
  let streams: NodeStreams | undefined;
  const controlPlane = await openControlPlane({
    settings,
    storeDir: paths.store,
    certificates,
    nodeAddress: networkInfo.nodeAddress,
    streams: () => streams,
    clock,
    random,
    log: logs.of('kube-apiserver'),
  });
  logs.of('kube-apiserver').info('serving', { port: settings.port, version: version.gitVersion });
  onClose('API server', () => controlPlane.close());
  if (signal.aborted) throw new Error('told to end while starting');

  const informers = new InformerFactory({
    client: controlPlane.client('system:peapod'),
    clock,
    random,
    log: logs.of('informers'),
  });
  const controlPlaneParts = createControlPlaneParts({
    controlPlane,
    informers,
    clock,
    random,
    logs,
    rootCa: certificates.authority,
  });
  onStep('waiting for the node');
  const node = await createNodeParts({
    settings,
    paths,
    network: networkInfo,
    commands,
    controlPlane,
    runtime: await runtimeReady,
    informers,
    clock,
    random,
    logs,
  });
  const components = [...controlPlaneParts, ...node.components];
  const mirrored: HealthSource[] = [
    { name: 'kube-apiserver', health: () => controlPlane.health() },
    // The kubelet is no pod anywhere: it is what makes pods.
    ...components.filter(component => component.name !== 'kubelet'),
  ];
  streams = componentStreams({
    components: new Map(
      mirrored.map(({ name }) => [mirrorPodName({ name, nodeName: settings.nodeName }), name]),
    ),
    logs,
    clock,
    node: node.streams,
  });
  components.push(
    mirrorPodsPart({
      client: controlPlane.client('system:peapod'),
      components: mirrored,
      node: {
        nodeName: settings.nodeName,
        nodeAddress: networkInfo.nodeAddress,
        version: version.gitVersion,
      },
      clock,
      log: logs.of('mirror-pods'),
    }),
  );
  const failure = new Promise<never>((_, reject) => {
    const running = components.map(part => {
      logs.of(part.name).info('started', { pid: process.pid, version: version.gitVersion });
      return startComponent(part, reject);
    });
    // Components end before the informers they look at, in the reverse order of their start.
    const informing = informers.run(background.signal);
    onClose('components', async () => {
      for (const part of running.reverse()) {
        logs.of(part.name).info('stopping');
        const inTime = await Promise.race([
          part.stop().then(() => true),
          sleep(clock, STOP_LIMIT_MS).then(() => false),
        ]);
        if (!inTime)
          logs.of('peapod').warn('component does not end; going on without it', { component: part.name });
      }
      background.abort();
      await informing;
    });
  });
  failure.catch(() => {});

  const ready = untilNodeReady(controlPlane.client('system:peapod'), settings.nodeName, signal);
  await Promise.race([failure, ready]);
  logs.of('peapod').info('node is Ready', { uptimeMs: Math.round(clock.monotonic()) });
  onReady();
  return { failure };
}

async function openRuntime(
  { paths, clock }: ServerOptions,
  logs: ComponentLogs,
  signal: AbortSignal,
  onClose: OnClose,
): Promise<ContainerRuntime> {
  const log = logs.of('containerd-supervisor');
  const registry = await serveRegistry({ dir: paths.registry, port: 0 });
  onClose('registry', async () => registry[Symbol.asyncDispose]());
  await writeRegistryHosts(paths, registry.address);
  const containerd = await startContainerd({ paths, sandboxImage: SANDBOX_IMAGE, clock, log });
  void containerd.run(signal);
  const runtime = createRuntimeClient({ socketPath: paths.containerdSocket, clock });
  onClose('CRI client', () => runtime.close());
  await presentImages(paths.registry, runtime, log);
  return runtime;
}

/** Every name a client may call the API server by. */
function serverNames({ clusterDomain, nodeName }: ClusterSettings): string[] {
  const service = 'kubernetes.default.svc';
  return ['kubernetes', 'kubernetes.default', service, `${service}.${clusterDomain}`, 'localhost', nodeName];
}

async function writeAdminKubeconfig(
  paths: ClusterPaths,
  settings: ClusterSettings,
  certificates: ClusterCertificates,
) {
  const text = kubeconfig(adminEntry(settings, certificates));
  await writeFile(paths.kubeconfig, text, { mode: 0o600 });
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
