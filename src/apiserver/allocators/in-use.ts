/**
 * Which addresses and ports Services hold. There is no second record of it: the index follows the
 * watch cache, and what is being given out right now is reserved until its write is over.
 */
import type { Service } from '../../generated/core-v1.ts';
import type { CachedObject } from '../cache/contract.ts';
import { prefixFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';

export class InUse {
  /** Address or port to the key of the Service that holds it. */
  private readonly held = new Map<string, string>();
  private readonly reserved = new Set<string>();
  private started: Promise<void> | undefined;

  /** Reads what is there and follows it from then on; later calls wait for the first. */
  start(core: ServerCore): Promise<void> {
    this.started ??= this.follow(core);
    return this.started;
  }

  private async follow(core: ServerCore): Promise<void> {
    const prefix = prefixFor({ group: '', resource: 'services' });
    const from = core.cache.revision;
    for (const cached of core.cache.list<Service>(prefix)) this.take(cached);
    await core.cache.watch<Service>({
      prefix,
      from,
      onEvents: events => {
        for (const event of events) {
          if (event.previous) this.release(event.previous);
          if (event.type !== 'DELETED') this.take(event.current);
        }
      },
      onEnd: () => {},
    });
  }

  isTaken(value: string, exceptKey = ''): boolean {
    if (this.reserved.has(value)) return true;
    const holder = this.held.get(value);
    return holder !== undefined && holder !== exceptKey;
  }

  /** Until the release that is returned is called. */
  reserve(value: string): () => void {
    this.reserved.add(value);
    return () => this.reserved.delete(value);
  }

  private take({ key, object }: CachedObject<Service>): void {
    for (const value of valuesOf(object)) this.held.set(value, key);
  }

  private release({ key, object }: CachedObject<Service>): void {
    for (const value of valuesOf(object)) if (this.held.get(value) === key) this.held.delete(value);
  }
}

/** The same port number may serve TCP and UDP, as upstream allows within one Service only. */
export const portValue = (port: number): string => `port ${port}`;

function valuesOf({ spec }: Service): string[] {
  const ports = (spec?.ports ?? []).map(p => p.nodePort ?? 0).filter(p => p > 0);
  const health = spec?.healthCheckNodePort ?? 0;
  const addresses = (spec?.clusterIPs ?? []).filter(ip => ip !== 'None');
  return [...addresses, ...ports.map(portValue), ...(health > 0 ? [portValue(health)] : [])];
}
