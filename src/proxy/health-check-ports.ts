/**
 * healthCheckNodePort: where an external load balancer asks whether this node has endpoints of a
 * service with externalTrafficPolicy Local. 200 when it has, 503 when not, with a body as
 * kube-proxy's; any path.
 *
 * The ports are opened by this process, so in its own network namespace: a proxy whose commands
 * run in another namespace leaves them out.
 */
import { createServer, type Server } from 'node:http';
import type { Logger } from '../base/log.ts';
import type { Service } from '../generated/core-v1.ts';
import { isPort } from './endpoints.ts';
import type { ServicePort } from './service-port.ts';

export interface HealthCheck {
  readonly port: number;
  readonly localEndpoints: number;
}

/** What to answer for a service; undefined: it has no such port. */
export function healthCheckOf(service: Service, ports: readonly ServicePort[]): HealthCheck | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort } = service.spec;
  if (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local' || !isPort(healthCheckNodePort)) {
    return undefined;
  }
  const endpoints = ports.flatMap(port => port.externalLocal?.endpoints ?? []);
  // An endpoint that terminates still serves, but a balancer should look for another node.
  const ready = new Set(endpoints.filter(endpoint => endpoint.ready).map(endpoint => endpoint.ip));
  return { port: healthCheckNodePort, localEndpoints: ready.size };
}

export class HealthCheckPorts {
  readonly #log: Logger;
  /** By service key. */
  readonly #checks = new Map<string, { check: HealthCheck; server: Server }>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** The ports that are open. */
  get ports(): readonly number[] {
    return [...this.#checks.values()].map(({ check }) => check.port);
  }

  /** Opens, changes or closes (undefined) the port of a service. */
  set(service: string, check: HealthCheck | undefined): void {
    const known = this.#checks.get(service);
    if (known && known.check.port === check?.port) {
      known.check = check;
      return;
    }
    if (known) {
      this.#checks.delete(service);
      known.server.close();
      known.server.closeAllConnections();
    }
    if (check) this.#checks.set(service, { check, server: this.#open(service, check.port) });
  }

  async close(): Promise<void> {
    const open = [...this.#checks.values()];
    this.#checks.clear();
    await Promise.all(
      open.map(
        ({ server }) =>
          new Promise<void>(resolve => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  #open(service: string, port: number): Server {
    const [namespace, name] = service.split('/');
    const server = createServer({ requestTimeout: 5_000 }, (_request, response) => {
      const localEndpoints = this.#checks.get(service)?.check.localEndpoints ?? 0;
      const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true };
      response.writeHead(localEndpoints > 0 ? 200 : 503, {
        'Content-Type': 'application/json',
        'X-Load-Balancing-Endpoint-Weight': `${localEndpoints}`,
      });
      response.end(`${JSON.stringify(body)}\n`);
    });
    // The service's rules do not depend on it.
    server.on('error', error => {
      this.#log.warn('health check port is not open', { service, port, error: String(error) });
    });
    server.listen({ port });
    return server;
  }
}
