/**
 * Store, watch cache and API server, opened in that order and closed in the reverse. Everything
 * above them goes through clients of this.
 */
import type { KindDefinition } from '../../api/kind.ts';
import { builtinKinds } from '../../api/kinds.ts';
import { defaultServiceNetwork } from '../../apiserver/allocators/service-addresses.ts';
import { MASTERS } from '../../apiserver/authn/user.ts';
import { bootstrap } from '../../apiserver/bootstrap/bootstrap.ts';
import { keepKubernetesService } from '../../apiserver/bootstrap/keep-kubernetes-service.ts';
import { StoreWatchCache } from '../../apiserver/cache/watch-cache.ts';
import { runEventExpiry } from '../../apiserver/expiry/event-expiry.ts';
import type { BackendTls } from '../../apiserver/reverse-proxy/location.ts';
import { type ApiServer, createApiServer } from '../../apiserver/server.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/contract.ts';
import { runCompactor } from '../../store/compaction/compactor.ts';
import { DEFAULT_COMPACTION } from '../../store/compaction/policy.ts';
import type { NodeStreams } from '../../wire/streams/contract.ts';
import type { ClusterCertificates } from '../certificates/cluster-certificates.ts';
import { createInProcessClient } from '../in-process/client.ts';
import type { HealthSource } from '../mirror/mirror-pods.ts';
import type { ClusterSettings } from '../settings.ts';
import { openStore } from '../storage/open-store.ts';
import { type ComponentHealth, HEALTHY } from './component.ts';

export interface ControlPlaneOptions {
  readonly settings: ClusterSettings;
  readonly storeDir: string;
  readonly certificates: ClusterCertificates;
  /** Where pods reach the API server. */
  readonly nodeAddress: string;
  /** Of the node's pods; undefined until the node's parts are made. */
  readonly streams: () => NodeStreams | undefined;
  /** The components above it; none until they are made. */
  readonly components?: () => readonly HealthSource[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface ControlPlane {
  readonly api: ApiServer;
  /** A client that acts as the named component. */
  client(user: string): Client;
  health(): ComponentHealth;
  /** Every kind that is stored now. */
  kinds(): readonly KindDefinition[];
  close(): Promise<void>;
}

export async function openControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { settings, clock, random, log, certificates, nodeAddress } = options;
  const store = await openStore({ store: settings.store, directory: options.storeDir, clock, random });
  let lost: string | undefined;
  const cache = await StoreWatchCache.open({
    store,
    onLost(cause) {
      lost = `what is stored is not seen any more: ${cause.message}`;
      log.error(lost);
    },
  });
  const problemOfStore = () => store.problem() ?? lost;
  const api = createApiServer({
    store,
    cache,
    kinds: builtinKinds,
    clock,
    random,
    log,
    streams: options.streams,
    proxy: { kubelet: kubeletTls(certificates) },
    checks: [{ name: 'store', problem: problemOfStore }],
    components: () => [
      ...componentChecks(options.components?.() ?? []),
      { name: 'etcd-0', problem: problemOfStore },
    ],
    issuer: `https://kubernetes.default.svc.${settings.clusterDomain}`,
    serviceAccountKey: certificates.serviceAccountKey,
    serviceNetwork: { ...defaultServiceNetwork, serviceCidrs: [settings.serviceCidr] },
    advertise: `${nodeAddress}:${settings.port}`,
  });
  const endpoint = { address: nodeAddress, port: settings.port, clusterIp: settings.kubernetesIp };
  await bootstrap(api.core, { endpoint, serviceCidrs: [settings.serviceCidr] });
  await api.listen({
    port: settings.port,
    certificate: certificates.serving.certificate,
    key: certificates.serving.key,
    clientCa: certificates.authority,
  });
  const closing = new AbortController();
  const compacting = runCompactor({ store, clock, policy: DEFAULT_COMPACTION, log }, closing.signal);
  compacting.catch((error: unknown) =>
    log.error('the store is not compacted any more', { error: String(error) }),
  );
  const expiring = runEventExpiry({ store, clock, log }, closing.signal);
  expiring.catch((error: unknown) => log.error('Events do not expire any more', { error: String(error) }));
  const keeping = keepKubernetesService({ core: api.core, endpoint, log }, closing.signal);
  keeping.catch((error: unknown) =>
    log.error('the Service kubernetes is not looked after', { error: String(error) }),
  );
  return {
    api,
    client: name =>
      createInProcessClient({
        core: api.core,
        user: { name, groups: [MASTERS] },
        createSubresource: api.createSubresource,
      }),
    health() {
      const problem = problemOfStore();
      return problem === undefined ? HEALTHY : { healthy: false, message: problem };
    },
    kinds: () => api.core.resources.all().map(resource => resource.definition),
    async close() {
      await api.close();
      closing.abort();
      await Promise.allSettled([compacting, expiring, keeping]);
      cache.close();
      await store.close();
    },
  };
}

/** Those that upstream's ComponentStatuses name, without the prefix as they do. */
const WITH_STATUS = ['kube-scheduler', 'kube-controller-manager'];

function componentChecks(components: readonly HealthSource[]) {
  return components
    .filter(({ name }) => WITH_STATUS.includes(name))
    .map(component => ({
      name: component.name.replace(/^kube-/, ''),
      problem() {
        const { healthy, message } = component.health();
        return healthy ? undefined : message;
      },
    }));
}

function kubeletTls({ kubelet, authority }: ClusterCertificates): BackendTls | undefined {
  return kubelet && { ca: authority, ...kubelet.client };
}
