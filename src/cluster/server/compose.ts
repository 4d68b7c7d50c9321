/**
 * Joins the parts, none of which knows another, and starts and stops them in order: the API server,
 * what lives once in a cluster, what lives on each node, and the mirror pods that show them.
 */
import { writeFile } from 'node:fs/promises';
import { version } from '../../apiserver/nonresource/version.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { CommandRunner } from '../../base/run-command.ts';
import { InformerFactory } from '../../client/informer-factory.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import type { NodeNetworkInfo } from '../../network/node-network.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import { adminEntry } from '../certificates/admin-entry.ts';
import { type ClusterCertificates, ensureClusterCertificates } from '../certificates/cluster-certificates.ts';
import { kubeconfig } from '../certificates/kubeconfig.ts';
import type { ClusterPaths } from '../layout.ts';
import { componentStreams } from '../mirror/component-streams.ts';
import { mirrorPodName } from '../mirror/mirror-pod.ts';
import { type HealthSource, mirrorPodsPart } from '../mirror/mirror-pods.ts';
import type { ClusterSettings } from '../settings.ts';
import type { OnClose } from './closers.ts';
import { openControlPlane } from './control-plane.ts';
import type { ComponentLogs } from './logging.ts';
import { createNodeParts } from './node.ts';
import { createControlPlaneParts } from './parts.ts';
import { runComponents } from './run-components.ts';
import { untilReady } from './until-ready.ts';

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
    node: { name: settings.nodeName, ipAddresses: [network.nodeAddress, '127.0.0.1', '::1'] },
    nowMs: clock.now(),
  });
  await writeAdminKubeconfig(paths, settings, certificates);
  let streams: NodeStreams | undefined;
  let parts: readonly HealthSource[] = [];
  const controlPlane = await openControlPlane({
    settings,
    storeDir: paths.store,
    certificates,
    nodeAddress: network.nodeAddress,
    streams: () => streams,
    components: () => parts,
    clock,
    random,
    log: logs.of('kube-apiserver'),
  });
  logs.of('kube-apiserver').info('serving', { port: settings.port, version: version.gitVersion });
  onClose('API server', () => controlPlane.close());
  if (signal.aborted) throw new Error('told to end while starting');

  const own = controlPlane.client('system:peapod');
  const informers = new InformerFactory({
    client: own,
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
  parts = controlPlaneParts;
  onStep('waiting for the node');
  const node = await createNodeParts({
    settings,
    paths,
    network,
    commands,
    controlPlane,
    certificates,
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
      client: own,
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
  const running = runComponents(components, logs, clock, version.gitVersion);
  const informing = informers.run(background.signal);
  onClose('components', async () => {
    await running.stop();
    // Components end before the informers they look at.
    background.abort();
    await informing;
  });
  const { failure } = running;
  await untilReady({ client: own, nodeName: settings.nodeName, components, clock, signal, failure });
  logs.of('peapod').info('node is Ready', { uptimeMs: Math.round(clock.monotonic()) });
  options.onReady();
  return { failure };
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
