/**
 * What the ruleset is made from, service by service: asks the listers, compiles, and remembers
 * the result of before, so that only a service that changed is compiled and only what differs is
 * sent. Pure but for its memory.
 */
import { SERVICE_NAME_LABEL } from '../api/well-known.ts';
import type { Index, Lister } from '../client/indexed-store.ts';
import type { Service } from '../generated/core-v1.ts';
import type { EndpointSlice } from '../generated/discovery-v1.ts';
import { type FlowFilter, staleFlows } from './conntrack.ts';
import { type HealthCheck, healthCheckOf } from './health-check-ports.ts';
import { DesiredTable } from './ruleset/desired.ts';
import { renderChanges, renderTable } from './ruleset/render.ts';
import { serviceItems } from './ruleset/service-items.ts';
import type { TableLayout } from './ruleset/skeleton.ts';
import { type ServicePort, servicePorts } from './service-port.ts';

/** The key of the service a slice belongs to (namespace/name); undefined: of none. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name ? `${slice.metadata.namespace ?? ''}/${name}` : undefined;
}

export interface ServiceSources {
  readonly services: Lister<Service>;
  /** Slices by serviceKeyOf. */
  readonly slices: Index<EndpointSlice>;
  readonly nodeName: string;
  readonly zone?: string | undefined;
  /** One table for each address family. */
  readonly layouts: readonly TableLayout[];
}

/** What one round of compiling found. */
export interface Compiled {
  readonly stale: readonly FlowFilter[];
  /** The ready endpoints' addresses of each service compiled. */
  readonly ready: ReadonlyMap<string, ReadonlySet<string>>;
  /** The health check of each service compiled; undefined: it has none. */
  readonly checks: ReadonlyMap<string, HealthCheck | undefined>;
  /** Services that could not be compiled; they keep the rules they had, and no other is held up. */
  readonly failed: ReadonlyMap<string, unknown>;
}

export class ServiceTable {
  readonly #sources: ServiceSources;
  readonly #tables: readonly { readonly layout: TableLayout; readonly desired: DesiredTable }[];
  readonly #ports = new Map<string, readonly ServicePort[]>();

  constructor(sources: ServiceSources) {
    this.#sources = sources;
    this.#tables = sources.layouts.map(layout => ({ layout, desired: new DesiredTable() }));
  }

  get services(): number {
    return this.#ports.size;
  }

  compile(keys: Iterable<string>): Compiled {
    const stale: FlowFilter[] = [];
    const ready = new Map<string, ReadonlySet<string>>();
    const checks = new Map<string, HealthCheck | undefined>();
    const failed = new Map<string, unknown>();
    for (const key of keys) {
      try {
        const ports = this.#claim(key);
        stale.push(...staleFlows(this.#ports.get(key) ?? [], ports));
        ready.set(key, readyAddresses(ports));
        const service = this.#sources.services.getByKey(key);
        checks.set(key, service && healthCheckOf(service, ports));
        if (ports.length > 0) this.#ports.set(key, ports);
        else this.#ports.delete(key);
      } catch (error) {
        failed.set(key, error);
      }
    }
    return { stale, ready, checks, failed };
  }

  /** The nft text that brings the kernel from what was applied last to what is desired; '' for nothing. */
  renderChanges(): string {
    return this.#tables.map(({ layout, desired }) => renderChanges(layout, desired.changes())).join('');
  }

  /** The nft text that makes the tables anew, whatever the kernel has. */
  renderWhole(): string {
    return this.#tables.map(({ layout, desired }) => renderTable(layout, desired.items())).join('');
  }

  /** The text rendered last is in the kernel. */
  applied(whole: boolean): void {
    for (const { desired } of this.#tables) {
      if (whole) desired.appliedWhole();
      else desired.applied();
    }
  }

  #claim(key: string): readonly ServicePort[] {
    const ports = this.#portsOf(key);
    const claims = this.#tables.map(({ layout, desired }) => {
      const own = ports.filter(port => port.family === layout.family);
      return { desired, items: own.flatMap(port => serviceItems(port, layout)) };
    });
    for (const { desired, items } of claims) desired.claim(key, items);
    return ports;
  }

  #portsOf(key: string): readonly ServicePort[] {
    const { services, slices, nodeName, zone, layouts } = this.#sources;
    const service = services.getByKey(key);
    if (!service) return [];
    const own = slices.get(key);
    return layouts.flatMap(({ family }) => servicePorts(service, own, { nodeName, zone, family }));
  }
}

function readyAddresses(ports: readonly ServicePort[]): ReadonlySet<string> {
  const endpoints = ports.flatMap(port => [...port.internal.endpoints, ...port.external.endpoints]);
  return new Set(endpoints.filter(endpoint => endpoint.ready).map(endpoint => endpoint.ip));
}
