/**
 * The node's DNS server as a component: once it listens, the Service kube-dns and the node's
 * endpoint slice lead to it, from the address in every pod's resolv.conf.
 */
import { isStatusError } from '../../api/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Client, ResourceClient } from '../../client/contract.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import { ENDPOINT_SLICES, SERVICES } from '../../client/resources.ts';
import { dnsEndpointSlice, dnsService } from '../../dns/dns-service.ts';
import { nameserversOf } from '../../dns/resolv-conf.ts';
import { createDnsServer } from '../../dns/server.ts';
import type { Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import type { ClusterSettings } from '../settings.ts';
import type { Component } from './component.ts';
import type { ComponentLogs } from './logging.ts';

export interface DnsPartOptions {
  readonly settings: ClusterSettings;
  /** Pods reach the server here: the address of their bridge. */
  readonly listenAddress: string;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logs: ComponentLogs;
}

/** What other names are asked of: the resolvers of the machine. */
const RESOLV_CONF = '/etc/resolv.conf';

export function dnsPart(options: DnsPartOptions): Component {
  const { settings, listenAddress, client, informers, clock, random, logs } = options;
  const nameservers = nameserversOf(RESOLV_CONF, clock);
  const server = createDnsServer({
    informers,
    clock,
    random,
    log: logs.of('coredns'),
    listen: [{ address: listenAddress, port: 0 }],
    zone: settings.clusterDomain,
    serviceAddresses: [settings.dnsIp],
    upstreams: () => nameservers().map(address => ({ address })),
  });
  let published = false;
  const publish = async (): Promise<void> => {
    const [at] = await server.listening;
    if (!at) return;
    await put(client.resource<Service>(SERVICES), dnsService(settings.dnsIp), () => undefined);
    const slice = dnsEndpointSlice(settings.nodeName, at);
    await put(client.resource<EndpointSlice>(ENDPOINT_SLICES), slice, found => ({
      ...found,
      endpoints: slice.endpoints,
      ports: slice.ports,
    }));
    published = true;
  };
  return {
    name: 'coredns',
    // Both are waited for at once: when it cannot listen, both reject.
    run: async signal => void (await Promise.all([server.run(signal), publish()])),
    health() {
      const { healthy, message } = server.health();
      return published || !healthy ? { healthy, message } : { healthy: false, message: 'not published yet' };
    },
  };
}

/** Creates the object, or brings the one that is there up to date; `change` undefined: it may stay. */
async function put<T extends Service | EndpointSlice>(
  resource: ResourceClient<T>,
  wanted: T,
  change: (found: T) => T | undefined,
): Promise<void> {
  const { namespace, name = '' } = wanted.metadata;
  try {
    await resource.create(wanted);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
    const changed = change(await resource.get({ namespace, name }));
    if (changed) await resource.update(changed);
  }
}
