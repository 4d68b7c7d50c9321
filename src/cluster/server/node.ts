/**
 * The parts of one node: its network, proxy, DNS and kubelet. The kubelet asks the proxy before it
 * stops a pod's containers (beforeStop), and knows it only as that function.
 */
import { authenticated } from '../../apiserver/authn/user.ts';
import { version } from '../../apiserver/nonresource/version.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { CommandRunner } from '../../base/run-command.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { createKubelet, type Kubelet } from '../../kubelet/kubelet.ts';
import type { KubeletOptions } from '../../kubelet/options.ts';
import type { NodeNetworkInfo } from '../../network/node-network.ts';
import { createProxy, type Proxy } from '../../proxy/proxy.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import type { ClusterCertificates } from '../certificates/cluster-certificates.ts';
import { cgroupRoot, proxyTable } from '../kernel-names.ts';
import type { ClusterPaths } from '../layout.ts';
import { ContentStore } from '../registry/content-store.ts';
import { formatReference } from '../registry/reference.ts';
import type { ClusterSettings } from '../settings.ts';
import type { Component } from './component.ts';
import type { ControlPlane } from './control-plane.ts';
import { dnsPart } from './dns-part.ts';
import type { ComponentLogs } from './logging.ts';

export interface NodePartsOptions {
  readonly settings: ClusterSettings;
  readonly paths: ClusterPaths;
  readonly network: NodeNetworkInfo;
  readonly commands: CommandRunner;
  readonly controlPlane: ControlPlane;
  readonly certificates: ClusterCertificates;
  readonly runtime: ContainerRuntime;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logs: ComponentLogs;
}

export interface NodeParts {
  readonly components: readonly Component[];
  /** Logs, exec, attach and port-forward of the node's pods. */
  readonly streams: NodeStreams;
}

export async function createNodeParts(options: NodePartsOptions): Promise<NodeParts> {
  const proxy = nodeProxy(options);
  const kubelet = await nodeKubelet(options, proxy);
  return {
    components: [
      { name: 'kube-proxy', run: signal => proxy.run(signal), health: () => proxy.health() },
      dnsPart({
        settings: options.settings,
        listenAddress: options.network.gateway,
        client: options.controlPlane.client('system:coredns'),
        informers: options.informers,
        clock: options.clock,
        random: options.random,
        logs: options.logs,
      }),
      { name: 'kubelet', run: signal => kubelet.run(signal), health: () => kubelet.health() },
    ],
    streams: kubelet.streams,
  };
}

function nodeProxy({ settings, network, commands, informers, clock, random, logs }: NodePartsOptions): Proxy {
  return createProxy({
    informers,
    commands,
    clock,
    random,
    log: logs.of('kube-proxy'),
    nodeName: settings.nodeName,
    tableName: proxyTable(settings),
    clusterCIDRs: [settings.podCidr],
    serviceCIDRs: [settings.serviceCidr],
    ...(network.bridgeNetfilter ? {} : { masqueradeWithin: [settings.podCidr] }),
  });
}

function nodeKubelet(options: NodePartsOptions, proxy: Proxy): Promise<Kubelet> {
  const { settings, paths, network, controlPlane, runtime, informers, clock, random, logs } = options;
  const loaded = new ContentStore(paths.registry);
  return createKubelet({
    client: controlPlane.client(`system:node:${settings.nodeName}`),
    informers,
    cri: runtime,
    nodeName: settings.nodeName,
    nodeIPs: [network.nodeAddress],
    podCIDRs: [settings.podCidr],
    nodeLabels: { 'node-role.kubernetes.io/control-plane': '' },
    clusterDNS: [settings.dnsIp],
    clusterDomain: settings.clusterDomain,
    dirs: { root: paths.kubelet, podLogs: paths.podLogs },
    cgroupRoot: cgroupRoot(settings),
    version: version.gitVersion,
    clock,
    random,
    log: logs.of('kubelet'),
    ...kubeletServer(options),
    isLoadedImage: async image =>
      (await loaded.references()).some(reference => formatReference(reference) === image),
    beforeStop: ips => proxy.beforeStop(ips),
  });
}

/** Access is the API server's to decide; it is asked in process here. */
function kubeletServer({
  certificates,
  settings,
  paths,
  controlPlane,
}: NodePartsOptions): Pick<KubeletOptions, 'server'> {
  const { api } = controlPlane;
  if (!certificates.kubelet) return {};
  return {
    server: {
      port: settings.kubeletPort,
      ...certificates.kubelet.serving,
      clientCa: certificates.authority,
      logDirectory: paths.logs,
      access: {
        authenticateToken: token => api.authenticateToken(token),
        async authorize({ name, groups }, { verb, subresource, nodeName }) {
          const user = authenticated({ name, groups });
          const attributes = {
            verb,
            resourceRequest: true,
            path: '',
            group: '',
            version: 'v1',
            namespace: '',
            resource: 'nodes',
            subresource,
            name: nodeName,
          };
          return api.core.authorizer.authorize(user, attributes).allowed;
        },
      },
    },
  };
}
