/**
 * Services and endpoint slices that a test plays by hand, for what reads them: proxy and DNS.
 */
import type { KubeObject } from '../api/object.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { Service } from '../generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../generated/discovery-v1.ts';
import { ScriptedClient } from './scripted-client.ts';

export interface BackendSpec {
  readonly ip: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly nodeName?: string;
  readonly hostname?: string;
}

export class ServiceWorld {
  readonly informers: InformerFactory;
  readonly #byResource = new Map<string, ScriptedClient>();

  constructor(clock: Clock = systemClock) {
    const client: Client = { resource: r => this.#scripted(r.resource).resource() };
    this.informers = new InformerFactory({ client, clock, random: seededRandom(1), log: silentLogger });
  }

  put(resource: string, object: KubeObject): void {
    this.#scripted(resource).put(object);
  }

  service(name: string, spec: Partial<Service['spec']>, status?: Service['status']): void {
    const ports = [{ port: 80 }];
    const object: Service = { metadata: { namespace: 'default', name }, spec: { ports, ...spec }, status };
    this.put('services', object);
  }

  removeService(name: string): void {
    this.#scripted('services').remove(`default/${name}`);
  }

  /** One slice of the service, with all its endpoints. */
  endpoints(
    service: string,
    backends: readonly BackendSpec[],
    ports: EndpointSlice['ports'] = [{ name: '', port: 8080, protocol: 'TCP' }],
  ): void {
    const slice: EndpointSlice = {
      metadata: {
        namespace: 'default',
        name: `${service}-1`,
        labels: { 'kubernetes.io/service-name': service },
      },
      addressType: 'IPv4',
      endpoints: backends.map(endpointOf),
      ports,
    };
    this.put('endpointslices', slice);
  }

  /** Resolves when whoever watches has taken everything that was put. Under the real clock only. */
  async taken(): Promise<void> {
    while (![...this.#byResource.values()].every(client => client.caughtUp)) {
      await new Promise(resolve => {
        setImmediate(resolve);
      });
    }
  }

  #scripted(resource: string): ScriptedClient {
    let client = this.#byResource.get(resource);
    if (!client) this.#byResource.set(resource, (client = new ScriptedClient()));
    return client;
  }
}

function endpointOf({ ip, nodeName, hostname, ...conditions }: BackendSpec): Endpoint {
  const ready = conditions.ready ?? true;
  return {
    addresses: [ip],
    conditions: { ready, serving: conditions.serving ?? ready, terminating: conditions.terminating ?? false },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}
