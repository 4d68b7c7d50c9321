/**
 * The cluster's DNS server: UDP and TCP on the given addresses.
 *
 * Where it listens: on the gateway address of its node's pods, at a port of its own. The Service
 * kube-system/kube-dns has the address that is written into every pod's resolv.conf, and
 * dns-service.ts makes the endpoint slice that leads from there to here; the proxy does the rest.
 * So DNS is a service like any other, several nodes give it several endpoints, and nothing on the
 * machine loses port 53.
 *
 * Limits: MAX_CLIENT_UNDER_WAY forwarded questions for each client address, MAX_TCP connections.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type Socket, type Server as TcpServer } from 'node:net';
import { aborted } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { informerView } from './cluster-view.ts';
import { Forwarder } from './forwarder.ts';
import { DnsHandler, type Transport } from './handler.ts';
import { serveTcp } from './tcp-session.ts';
import type { Upstream } from './upstream.ts';

export interface DnsServerOptions {
  readonly informers: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Where to listen. Port 0: any free one, the same for UDP and TCP. */
  readonly listen: readonly ListenAddress[];
  /** The cluster domain. Absent: cluster.local. */
  readonly zone?: string;
  /** Of the cluster's records, seconds. Absent: 5. */
  readonly ttl?: number;
  /** The cluster IPs of the DNS service: where the zone says its name server is. */
  readonly serviceAddresses: readonly string[];
  /** Resolvers for all other names, asked anew for each question. See nameserversOf. */
  readonly upstreams: () => readonly Upstream[];
}

export interface ListenAddress {
  readonly address: string;
  readonly port: number;
}

export interface DnsServer {
  /** Serves until `signal` is aborted. @throws Error when it cannot listen */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when it listens, with the ports it got; rejects when it cannot. */
  readonly listening: Promise<readonly ListenAddress[]>;
  health(): DnsHealth;
}

interface DnsHealth {
  readonly healthy: boolean;
  readonly message: string;
  readonly queries: number;
  readonly underWay: number;
  readonly tcpConnections: number;
}

const DEFAULT_ZONE = 'cluster.local';
const DEFAULT_TTL_SECONDS = 5;
const MAX_CLIENT_UNDER_WAY = 64;
const MAX_TCP = 256;
const MAX_CLIENT_TCP = 32;

export function createDnsServer(options: DnsServerOptions): DnsServer {
  return new SocketDnsServer(options);
}

class SocketDnsServer implements DnsServer {
  readonly listening: Promise<readonly ListenAddress[]>;
  readonly #options: DnsServerOptions;
  readonly #forwarder: Forwarder;
  readonly #handler: DnsHandler;
  readonly #synced: Promise<unknown>;
  readonly #connections = new Set<Socket>();
  /** Forwarded questions under way, by client address. */
  readonly #underWay = new Map<string, number>();
  #settle: { resolve(at: readonly ListenAddress[]): void; reject(error: unknown): void } | undefined;
  #complete = false;
  #closed = false;
  #state = 'not listening';
  #queries = 0;

  constructor(options: DnsServerOptions) {
    this.#options = options;
    const { clock, random, log } = options;
    const { view, synced } = informerView(options.informers);
    this.#synced = synced;
    const isSelf = ({ address, port = 53 }: Upstream) =>
      options.serviceAddresses.includes(address) ||
      options.listen.some(own => own.address === address && own.port === port);
    this.#forwarder = new Forwarder({
      clock,
      // A host that resolves through the cluster must not be asked in turn.
      upstreams: () => options.upstreams().filter(upstream => !isSelf(upstream)),
    });
    this.#handler = new DnsHandler({
      view,
      forwarder: this.#forwarder,
      random,
      log,
      isComplete: () => this.#complete,
      zone: {
        zone: (options.zone ?? DEFAULT_ZONE).toLowerCase(),
        ttl: options.ttl ?? DEFAULT_TTL_SECONDS,
        serverAddresses: options.serviceAddresses,
        serial: Math.floor(clock.now() / 1000),
      },
    });
    this.listening = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who does not wait for it must not be hurt by it; `run` throws, too.
    this.listening.catch(() => {});
  }

  async run(signal: AbortSignal): Promise<void> {
    void this.#synced.then(() => {
      this.#complete = true;
    });
    const opened: { close(): Promise<void> }[] = [];
    try {
      const at: ListenAddress[] = [];
      for (const address of this.#options.listen) at.push(await this.#open(address, opened));
      this.#settle?.resolve(at);
      this.#state = '';
      this.#options.log.info('DNS server listens', {
        at: at.map(({ address, port }) => `${address}:${port}`),
      });
      await aborted(signal);
    } catch (error) {
      this.#state = error instanceof Error ? error.message : String(error);
      this.#settle?.reject(error);
      throw error;
    } finally {
      if (this.#state === '') this.#state = 'stopped';
      this.#closed = true;
      for (const socket of this.#connections) socket.destroy();
      await Promise.all(opened.map(one => one.close()));
    }
  }

  health(): DnsHealth {
    const waiting = this.#complete ? '' : 'waiting for services, endpoint slices and namespaces';
    const message = this.#state || waiting;
    return {
      healthy: message === '',
      message,
      queries: this.#queries,
      underWay: this.#forwarder.underWay,
      tcpConnections: this.#connections.size,
    };
  }

  async #open(
    { address, port }: ListenAddress,
    opened: { close(): Promise<void> }[],
  ): Promise<ListenAddress> {
    const tcp = createServer(socket => this.#accept(socket));
    await listen(tcp, address, port);
    opened.push({ close: () => new Promise(resolve => tcp.close(() => resolve())) });
    // Such as too many open files: it goes on with the next connection.
    tcp.on('error', error => this.#options.log.warn('DNS connection not accepted', { error: String(error) }));
    const bound = tcp.address();
    const actual = typeof bound === 'object' && bound ? bound.port : port;
    const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    opened.push({ close: () => new Promise(resolve => udp.close(() => resolve())) });
    await bind(udp, address, actual);
    udp.on('error', error => this.#options.log.warn('DNS socket failed', { error: String(error) }));
    udp.on('message', (message, from) => {
      void this.#respond(message, 'udp', from.address).then(response => {
        // A client that is gone by now is no failure.
        if (response && !this.#closed) udp.send(response, from.port, from.address, () => {});
      });
    });
    return { address, port: actual };
  }

  #accept(socket: Socket): void {
    const client = socket.remoteAddress ?? '';
    const own = [...this.#connections].filter(other => other.remoteAddress === client).length;
    if (this.#connections.size >= MAX_TCP || own >= MAX_CLIENT_TCP) {
      socket.destroy();
      return;
    }
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    serveTcp(socket, {
      clock: this.#options.clock,
      answer: message => this.#respond(message, 'tcp', client),
    });
  }

  async #respond(message: Buffer, transport: Transport, client: string): Promise<Buffer | undefined> {
    this.#queries++;
    const before = this.#underWay.get(client) ?? 0;
    const response = this.#handler.handle(message, transport, before < MAX_CLIENT_UNDER_WAY);
    if (!(response instanceof Promise)) return response;
    this.#underWay.set(client, before + 1);
    try {
      return await response;
    } finally {
      const left = (this.#underWay.get(client) ?? 1) - 1;
      if (left > 0) this.#underWay.set(client, left);
      else this.#underWay.delete(client);
    }
  }
}

function listen(server: TcpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function bind(socket: UdpSocket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}
