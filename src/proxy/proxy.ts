/**
 * The service proxy of one node: services and endpoint slices in, nft tables out.
 *
 * - Told, never polling: an event marks its service; a round compiles the marked services, sends
 *   the difference as one nft transaction, and sleeps. Events during a round make the next one.
 * - The first round, and every round after one that failed, replaces the whole table (atomically:
 *   connections notice nothing), so whatever somebody else did to it is repaired.
 * - When it ends the rules stay: a restart of Peapod interrupts no service. removeProxyRules
 *   takes them away.
 *
 * Limits: a round at most every `minIntervalMs`; retries after a failure back off to 30 s.
 */
import { objectKey } from '../api/object.ts';
import { aborted } from '../base/abort.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { CommandError, type CommandRunner } from '../base/run-command.ts';
import type { Informer } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { ENDPOINT_SLICES, SERVICES } from '../client/resources.ts';
import type { Service } from '../generated/core-v1.ts';
import type { EndpointSlice } from '../generated/discovery-v1.ts';
import { type FlowFilter, forgetFlows } from './conntrack.ts';
import { type Family, isCIDROf } from './endpoints.ts';
import { HealthCheckPorts } from './health-check-ports.ts';
import { ReadyAddresses } from './ready-addresses.ts';
import { renderRemoval } from './ruleset/render.ts';
import type { TableLayout } from './ruleset/skeleton.ts';
import { ServiceTable, serviceKeyOf } from './service-table.ts';

export interface ProxyOptions {
  readonly informers: InformerFactory;
  /** Runs nft and conntrack in the node's network namespace. */
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly nodeName: string;
  /** The node's topology.kubernetes.io/zone, if it has one. */
  readonly zone?: string;
  /** The nft table's name, one for each cluster and node: nothing else may use it. */
  readonly tableName: string;
  /** One table each. Absent: ['ip']. */
  readonly families?: readonly Family[];
  /** The pods' addresses of all nodes (CIDRs, at most one a family). */
  readonly clusterCIDRs: readonly string[];
  /** The cluster IPs (CIDRs, at most one a family). */
  readonly serviceCIDRs: readonly string[];
  /**
   * This node's pod CIDRs, where bridged packets pass nft unseen (network's health says so:
   * bridgeNetfilter false). Connections between its pods through a service are masqueraded then.
   */
  readonly masqueradeWithin?: readonly string[];
  /** One bit of the packet mark. Absent: 0x4000, as kube-proxy. */
  readonly masqueradeMark?: number;
  /** Whether to open healthCheckNodePorts: only where this process is in the node's namespace. Absent: true. */
  readonly healthCheckPorts?: boolean;
  /** Absent: 20. */
  readonly minIntervalMs?: number;
}

export interface Proxy {
  /** Keeps the rules until `signal` is aborted; never rejects. Call it once. */
  run(signal: AbortSignal): Promise<void>;
  health(): ProxyHealth;
  /** Resolves once the first whole table has been applied. */
  readonly ready: Promise<void>;
  /**
   * Resolves when no rule sends new connections to the addresses any more (true), or after
   * `limitMs` (false). The kubelet's hook between a pod's deletion and SIGTERM.
   */
  beforeStop(podIPs: readonly string[], options?: BeforeStopOptions): Promise<boolean>;
  /** Called after each round that was applied. Returns the function that ends it. */
  onApplied(listener: () => void): () => void;
}

interface BeforeStopOptions {
  /** Absent: 500. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

interface ProxyHealth {
  /** A whole table has been applied and the last round did not fail. */
  readonly healthy: boolean;
  /** For people: why it is not healthy; '' when it is. */
  readonly message: string;
  readonly services: number;
  /** Services that changed and whose round is not over: rules applied, stale flows forgotten. */
  readonly pending: number;
  /** Addresses that get new connections. */
  readonly endpointAddresses: number;
  readonly rounds: number;
  readonly failures: number;
  /** How long the last round took in nft. */
  readonly lastApplyMs: number;
}

const DEFAULT_MARK = 0x4000;
const DEFAULT_MIN_INTERVAL_MS = 20;
const DEFAULT_STOP_LIMIT_MS = 500;
const RETRY = { baseMs: 200, maxMs: 30_000 };

export function createProxy(options: ProxyOptions): Proxy {
  return new NftProxy(options);
}

/** Takes the tables away, whether they are there or not. @throws CommandError */
export async function removeProxyRules(options: {
  readonly commands: CommandRunner;
  readonly tableName: string;
  readonly families?: readonly Family[];
}): Promise<void> {
  const tables = (options.families ?? ['ip']).map(family => ({ family, table: options.tableName }));
  await options.commands.run(['nft', '-f', '-'], { input: tables.map(renderRemoval).join('') });
}

class NftProxy implements Proxy {
  readonly ready: Promise<void>;
  readonly #options: ProxyOptions;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #table: ServiceTable;
  readonly #addresses = new ReadyAddresses();
  readonly #checkPorts: HealthCheckPorts | undefined;
  readonly #listeners = new Set<() => void>();
  readonly #dirty = new Set<string>();
  /** Compiled but not yet in the kernel. */
  readonly #pendingReady = new Map<string, ReadonlySet<string>>();
  #pendingStale: FlowFilter[] = [];
  #wake: () => void = () => {};
  #markReady: () => void = () => {};
  #needsWhole = true;
  #underWay = 0;
  #lastError = 'waiting for services and endpoint slices';
  #conntrackMissing = false;
  #rounds = 0;
  #failures = 0;
  #lastApplyMs = 0;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#services = options.informers.informer<Service>(SERVICES);
    this.#slices = options.informers.informer<EndpointSlice>(ENDPOINT_SLICES);
    this.#table = new ServiceTable({
      services: this.#services.lister,
      slices: this.#slices.index('proxyService', slice => {
        const key = serviceKeyOf(slice);
        return key === undefined ? [] : [key];
      }),
      nodeName: options.nodeName,
      zone: options.zone,
      layouts: layoutsOf(options),
    });
    if (options.healthCheckPorts ?? true) this.#checkPorts = new HealthCheckPorts(options.log);
    this.ready = new Promise(resolve => {
      this.#markReady = resolve;
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log, minIntervalMs = DEFAULT_MIN_INTERVAL_MS } = this.#options;
    const unsubscribe = this.#subscribe();
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const synced = Promise.all([this.#services.synced, this.#slices.synced]);
      await Promise.race([synced, aborted(signal)]);
      const backoff = new Backoff(RETRY, random);
      while (!signal.aborted) {
        if (this.#dirty.size === 0 && !this.#needsWhole) {
          await new Promise<void>(resolve => {
            this.#wake = resolve;
          });
          continue;
        }
        const startedMs = clock.monotonic();
        try {
          await this.#round();
          this.#underWay = 0;
          backoff.reset();
        } catch (error) {
          this.#failures++;
          this.#needsWhole = true;
          this.#lastError = error instanceof Error ? error.message : String(error);
          log.error('service rules were not applied', { error: this.#lastError });
          await sleep(clock, backoff.next(), signal);
        }
        const restMs = minIntervalMs - (clock.monotonic() - startedMs);
        if (restMs > 0) await sleep(clock, restMs, signal);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      unsubscribe();
      await this.#checkPorts?.close();
    }
  }

  health(): ProxyHealth {
    return {
      healthy: this.#lastError === '',
      message: this.#lastError,
      services: this.#table.services,
      pending: this.#dirty.size + this.#underWay,
      endpointAddresses: this.#addresses.size,
      rounds: this.#rounds,
      failures: this.#failures,
      lastApplyMs: this.#lastApplyMs,
    };
  }

  beforeStop(podIPs: readonly string[], options: BeforeStopOptions = {}): Promise<boolean> {
    return this.#addresses.whenGone(podIPs, {
      clock: this.#options.clock,
      limitMs: options.limitMs ?? DEFAULT_STOP_LIMIT_MS,
      signal: options.signal,
    });
  }

  onApplied(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #subscribe(): () => void {
    const mark = (key: string | undefined) => {
      if (key === undefined) return;
      this.#dirty.add(key);
      this.#wake();
    };
    const takeOff = [
      this.#services.addHandlers({
        added: service => mark(objectKey(service)),
        updated: service => mark(objectKey(service)),
        deleted: service => mark(objectKey(service)),
      }),
      this.#slices.addHandlers({
        added: slice => mark(serviceKeyOf(slice)),
        updated: (slice, old) => {
          mark(serviceKeyOf(slice));
          if (serviceKeyOf(old) !== serviceKeyOf(slice)) mark(serviceKeyOf(old));
        },
        deleted: slice => mark(serviceKeyOf(slice)),
      }),
    ];
    return () => {
      for (const off of takeOff) off();
    };
  }

  async #round(): Promise<void> {
    const { clock, commands, log } = this.#options;
    const keys = [...this.#dirty];
    this.#dirty.clear();
    this.#underWay += keys.length;
    const { stale, ready, checks, failed } = this.#table.compile(keys);
    for (const [service, error] of failed) {
      log.error('service cannot be turned into rules', { service, error: String(error) });
    }
    for (const [service, check] of checks) this.#checkPorts?.set(service, check);
    this.#pendingStale.push(...stale);
    for (const [key, addresses] of ready) this.#pendingReady.set(key, addresses);

    const whole = this.#needsWhole;
    const text = whole ? this.#table.renderWhole() : this.#table.renderChanges();
    if (text !== '') {
      const startedMs = clock.monotonic();
      await commands.run(['nft', '-f', '-'], { input: text });
      this.#lastApplyMs = clock.monotonic() - startedMs;
      this.#rounds++;
      log.debug('service rules applied', { whole, services: keys.length, applyMs: this.#lastApplyMs });
    }
    this.#table.applied(whole);
    this.#needsWhole = false;
    this.#lastError = '';
    this.#addresses.applied(this.#pendingReady);
    this.#pendingReady.clear();
    this.#markReady();
    for (const listener of this.#listeners) listener();
    const forget = this.#pendingStale;
    this.#pendingStale = [];
    // In the first round all UDP services count as new, which also ends the flows to endpoints that
    // went away while no proxy ran.
    if (forget.length > 0) await this.#forget(forget);
  }

  async #forget(filters: readonly FlowFilter[]): Promise<void> {
    if (this.#conntrackMissing) return;
    const { commands, log, serviceCIDRs } = this.#options;
    try {
      await forgetFlows(commands, filters, serviceCIDRs);
    } catch (error) {
      this.#conntrackMissing = error instanceof CommandError && error.notFound;
      log.warn(
        this.#conntrackMissing
          ? 'conntrack is not installed: UDP clients keep to endpoints that are gone for up to two minutes'
          : 'flows to endpoints that are gone were not forgotten',
        { error: String(error) },
      );
    }
  }
}

function layoutsOf(options: ProxyOptions): readonly TableLayout[] {
  return (options.families ?? ['ip']).map(family => {
    const ofFamily = (cidrs: readonly string[] = []) => cidrs.find(cidr => isCIDROf(cidr, family));
    return {
      family,
      table: options.tableName,
      clusterCIDR: ofFamily(options.clusterCIDRs),
      serviceCIDR: ofFamily(options.serviceCIDRs),
      masqueradeMark: options.masqueradeMark ?? DEFAULT_MARK,
      masqueradeWithin: ofFamily(options.masqueradeWithin),
    };
  });
}
