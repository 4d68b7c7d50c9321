/**
 * Joins the parts, none of which knows another, and starts and stops them in order: the API server,
 * what lives once in a cluster, what lives on each node, and the mirror pods that show them.
 */
import { writeFile } from 'node:fs/promises';
import { version } from '../apiserver/nonresource/version.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { CommandRunner } from '../base/run-command.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { ContainerRuntime } from '../kubelet/cri/contract.ts';
import type { NodeNetworkInfo } from '../network/node-network.ts';
import type { NodeStreams } from '../wire/streams/contract.ts';
import { adminEntry } from './certificates/admin-entry.ts';
import { type ClusterCertificates, ensureClusterCertificates } from './certificates/cluster-certificates.ts';
import { kubeconfig } from './certificates/kubeconfig.ts';
import type { OnClose } from './closers.ts';
import { type Component, startComponent } from './component.ts';
import { openControlPlane } from './control-plane.ts';
import type { ClusterPaths } from './layout.ts';
import type { ComponentLogs } from './logging.ts';
import { componentStreams } from './mirror/component-streams.ts';
import { mirrorPodName } from './mirror/mirror-pod.ts';
import { type HealthSource, mirrorPodsPart } from './mirror/mirror-pods.ts';
import { createNodeParts } from './node.ts';
import { createControlPlaneParts } from './parts.ts';
import type { ServerOptions } from './server.ts';
import type { ClusterSettings } from './settings.ts';
import { untilNodeReady } from './until-node-ready.ts';

/** A component that hangs must not keep the others, and the store, from ending in order. */
const STOP_LIMIT_MS = 3_000;
const READY_LIMIT_MS = 120_000;

export interface ComposeOptions extends ServerOptions {
  readonly logs: ComponentLogs;
  readonly commands: CommandRunner;
  readonly runtime: Promise<ContainerRuntime>;
  readonly network: NodeNetworkInfo;
  /** For what runs beside the components; aborted after the last of them has ended. */
  readonly background: AbortController;
  readonly onClose: OnClose;
}

/** Resolves when the node is Ready. `failure` rejects when a component ends without being told to. */
export async function compose(options: ComposeOptions): Promise<{ failure: Promise<never> }> {
  const { paths, settings, clock, random, signal, logs, commands, network, background, onStep, onClose } =
    options;
  onStep('starting the API server');
  const certificates = await ensureClusterCertificates({
    dir: paths.certificates,
    dnsNames: serverNames(settings),
    ipAddresses: [settings.kubernetesIp, network.nodeAddress, network.gateway, '127.0.0.1', '::1'],
    nowMs: clock.now(),
  });
  await writeAdminKubeconfig(paths, settings, certificates);
  let streams: NodeStreams | undefined;
  const controlPlane = await openControlPlane({
    settings,
    storeDir: paths.store,
    certificates,
    nodeAddress: network.nodeAddress,
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
    network,
    commands,
    controlPlane,
    runtime: await options.runtime,
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
        nodeAddress: network.nodeAddress,
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
  const healthy = ready.then(() => untilHealthy(components, clock, signal));
  const waited = new AbortController();
  try {
    await Promise.race([failure, healthy, tooLate(components, clock, waited.signal)]);
  } finally {
    waited.abort();
  }
  logs.of('peapod').info('node is Ready', { uptimeMs: Math.round(clock.monotonic()) });
  options.onReady();
  return { failure };
}

/**
 * A node that was Ready when the last server ended still says so: its kubelet must have come up too,
 * and so must all others, for "up" to be true.
 */
async function untilHealthy(
  components: readonly Component[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && components.some(component => !component.health().healthy))
    await sleep(clock, 10, signal);
}

/** @throws Error with what is not well after READY_LIMIT_MS; whoever waits must not wait forever */
async function tooLate(components: readonly Component[], clock: Clock, signal: AbortSignal): Promise<void> {
  await sleep(clock, READY_LIMIT_MS, signal);
  if (signal.aborted) return;
  const problems = components
    .map(component => ({ name: component.name, ...component.health() }))
    .filter(({ healthy }) => !healthy)
    .map(({ name, message }) => `${name}: ${message}`);
  throw new Error(
    `the node is not Ready after ${READY_LIMIT_MS / 1000} s: ${problems.join('; ') || 'see the logs'}`,
  );
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
