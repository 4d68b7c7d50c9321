/**
 * An in-process cluster with the controllers running under a virtual clock, and pods that live
 * without containers: they get a node, an address and readiness, and end after their grace
 * period. What a test of controllers stands on.
 */
import type { GroupVersionResource, KubeObject } from '../api/object.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { EVENTS } from '../client/resources.ts';
import type { ControllerDriver } from '../controllers/driver.ts';
import { createControllers } from '../controllers/index.ts';
import type { ControllerOptions } from '../controllers/options.ts';
import { startInProcessCluster } from './in-process-cluster.ts';
import { heartbeats, livePods, type PodLife } from './simulated-node.ts';
import { type VirtualClock, virtualClock } from './virtual-clock.ts';

export interface ControllerClusterOptions extends PodLife {
  readonly controllers?: Partial<ControllerOptions>;
  readonly log?: Logger;
  readonly seed?: number;
  /** The node stops saying anything when this is aborted. */
  readonly nodeDies?: AbortSignal;
}

export interface ControllerCluster extends AsyncDisposable {
  readonly client: Client;
  readonly clock: VirtualClock;
  readonly driver: ControllerDriver;
  list<T extends KubeObject>(resource: GroupVersionResource, namespace?: string): Promise<readonly T[]>;
  /** "reason message" of every event about the object, in the order of their first times. */
  eventsOf(kind: string, name: string, namespace?: string): Promise<readonly string[]>;
}

export async function startControllerCluster(
  options: ControllerClusterOptions = {},
): Promise<ControllerCluster> {
  const clock = virtualClock();
  const random = seededRandom(options.seed ?? 1);
  const log = options.log ?? silentLogger;
  const cluster = await startInProcessCluster({ clock, random, log });
  const client = cluster.client();
  const abort = new AbortController();
  const informers = new InformerFactory({ client, clock, random, log });
  const kubelet = livePods(client, clock, informers, options);
  const driver = createControllers({
    client,
    clock,
    random,
    log,
    kinds: () => cluster.server.core.resources.all().map(resource => resource.definition),
    options: { rootCa: 'test CA', ...options.controllers },
    informers,
  });
  await heartbeats(client, clock, options.nodeDies ?? abort.signal, abort.signal);
  const running = Promise.all([informers.run(abort.signal), driver.run(abort.signal)]);
  await clock.until(() => driver.ready, 60_000);
  return {
    client,
    clock,
    driver,
    list: async <T extends KubeObject>(resource: GroupVersionResource, namespace?: string) =>
      (await client.resource<T>(resource).list(namespace === undefined ? {} : { namespace })).items,
    async eventsOf(kind, name, namespace = 'default') {
      await clock.settle();
      const { items } = await client
        .resource<
          KubeObject & { involvedObject: { kind?: string; name?: string }; reason?: string; message?: string }
        >(EVENTS)
        .list({ namespace });
      return items
        .filter(event => event.involvedObject.kind === kind && event.involvedObject.name === name)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map(event => `${event.reason} ${event.message}`);
    },
    async [Symbol.asyncDispose]() {
      kubelet();
      abort.abort();
      await clock.settle();
      await running;
      await cluster.close();
    },
  };
}
