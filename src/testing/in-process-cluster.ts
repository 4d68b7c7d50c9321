/**
 * A cluster's API without a socket, a disk or real time: memory store, watch cache, API server
 * stages and in-process clients. Tests of components stand on it.
 *
 *   await using cluster = await startInProcessCluster({ clock, random });
 *   const pods = cluster.client().resource<Pod>(podsResource);
 */
import { generateKeyPairSync } from 'node:crypto';
import type { KindDefinition } from '../api/kind.ts';
import { builtinKinds } from '../api/kinds.ts';
import { defaultServiceNetwork } from '../apiserver/allocators/service-addresses.ts';
import { MASTERS, type User } from '../apiserver/authn/user.ts';
import { bootstrap } from '../apiserver/bootstrap/bootstrap.ts';
import { StoreWatchCache } from '../apiserver/cache/watch-cache.ts';
import type { HealthCheck } from '../apiserver/nonresource/health.ts';
import type { ProxyOptions } from '../apiserver/reverse-proxy/proxy.ts';
import { type ApiServer, createApiServer } from '../apiserver/server.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { type Random, seededRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { createInProcessClient } from '../cluster/in-process/client.ts';
import { MemoryStore } from '../store/memory/store.ts';

export interface InProcessClusterOptions {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Logger;
  readonly kinds?: readonly KindDefinition[];
  /** Everything a new cluster has, not only the namespaces: costs some 300 writes. */
  readonly fullBootstrap?: boolean;
  /** How the API server reaches pods, services and nodes. */
  readonly proxy?: ProxyOptions;
  /** What ComponentStatuses tell of. */
  readonly components?: () => readonly HealthCheck[];
}

export interface InProcessCluster extends AsyncDisposable {
  readonly server: ApiServer;
  readonly store: MemoryStore;
  /** A client that acts as `user`; a cluster administrator when none is given. */
  client(user?: User): Client;
  close(): Promise<void>;
}

/** For tests only: made anew in each process, since making one costs less than a millisecond. */
const serviceAccountKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

const administrator: User = { name: 'test', groups: [MASTERS] };

export async function startInProcessCluster(
  options: InProcessClusterOptions = {},
): Promise<InProcessCluster> {
  const { clock = systemClock, random = seededRandom(1), log = silentLogger, kinds = builtinKinds } = options;
  const store = new MemoryStore();
  const cache = await StoreWatchCache.open({ store });
  const server = createApiServer({
    store,
    cache,
    kinds,
    clock,
    random,
    log,
    advertise: '127.0.0.1:6443',
    serviceAccountKey,
    proxy: options.proxy ?? {},
    components: options.components ?? (() => []),
  });
  const endpoint = { address: '192.0.2.1', port: 6443, clusterIp: '10.96.0.1' };
  const { serviceCidrs } = defaultServiceNetwork;
  await bootstrap(server.core, { endpoint, serviceCidrs, namespacesOnly: !options.fullBootstrap });
  const close = async () => {
    await server.close();
    cache.close();
    await store.close();
  };
  return {
    server,
    store,
    client: (user = administrator) =>
      createInProcessClient({ core: server.core, user, createSubresource: server.createSubresource }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
