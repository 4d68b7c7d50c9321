/**
 * A cluster for real clients: the API server with its socket, the controllers, and a node whose pods
 * have no containers, all under the real clock. Pods are ready at once. No root, no containerd.
 */
import { builtinKinds } from '../api/kinds.ts';
import { MASTERS } from '../apiserver/authn/user.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { createInProcessClient } from '../cluster/in-process/client.ts';
import { createControllers } from '../controllers/index.ts';
import { type DevApiServer, startDevApiServer } from './dev-api-server.ts';
import { heartbeats, livePods, type PodLife } from './simulated-node.ts';

/** @param dir an empty directory, for certificates and the kubeconfig */
export async function startLiveCluster(dir: string, life: PodLife = {}): Promise<DevApiServer> {
  const dev = await startDevApiServer(dir);
  const { core, createSubresource } = dev.server;
  const client = createInProcessClient({
    core,
    user: { name: 'live', groups: [MASTERS] },
    createSubresource,
  });
  const shared = { client, clock: systemClock, random: systemRandom, log: silentLogger };
  const informers = new InformerFactory(shared);
  const over = new AbortController();
  const stopPods = livePods(client, systemClock, informers, {
    readyAfterMs: () => 0,
    endsAfterMs: 0,
    ...life,
  });
  const driver = createControllers({
    ...shared,
    kinds: () => builtinKinds,
    options: { rootCa: 'test CA' },
    informers,
  });
  await heartbeats(client, systemClock, over.signal);
  const running = Promise.all([informers.run(over.signal), driver.run(over.signal)]);
  return {
    ...dev,
    async close() {
      stopPods();
      over.abort();
      await running;
      await dev.close();
    },
  };
}
