import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import type { Service } from '../generated/core-v1.ts';
import { HealthCheckPorts, healthCheckOf } from './health-check-ports.ts';
import type { ServicePort } from './service-port.ts';

const ports = new HealthCheckPorts(silentLogger);
afterEach(() => ports.close());

/** A port that nobody has, at this moment. */
const freePort = () =>
  new Promise<number>(resolve => {
    const server = createServer().listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
const get = (port: number) => fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } });

test('only load balancers with a local policy have a health check, and count ready endpoints once', () => {
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32000 };
  const service = (overrides: object): Service => ({ metadata: {}, spec: { ...spec, ...overrides } });
  const endpoint = (ip: string, ready: boolean) => ({ ip, port: 80, local: true, ready });
  const port = {
    externalLocal: {
      endpoints: [endpoint('10.0.0.1', true), endpoint('10.0.0.2', false)],
      whenEmpty: 'drop',
    },
  } as unknown as ServicePort;
  expect(healthCheckOf(service({}), [port, port])).toEqual({ port: 32000, localEndpoints: 1 });
  expect(healthCheckOf(service({ type: 'NodePort' }), [port])).toBeUndefined();
  expect(healthCheckOf(service({ externalTrafficPolicy: 'Cluster' }), [port])).toBeUndefined();
  expect(healthCheckOf(service({ healthCheckNodePort: 0 }), [port])).toBeUndefined();
});

test('a balancer is told whether this node has endpoints, as it is now', async () => {
  const port = await freePort();
  ports.set('default/web', { port, localEndpoints: 2 });
  const yes = await get(port);
  expect(yes.status).toBe(200);
  expect(await yes.json()).toEqual({
    service: { namespace: 'default', name: 'web' },
    localEndpoints: 2,
    serviceProxyHealthy: true,
  });
  ports.set('default/web', { port, localEndpoints: 0 });
  expect((await get(port)).status).toBe(503);
});

test('a port is closed with its service, and one that is taken hurts nobody', async () => {
  const port = await freePort();
  ports.set('default/a', { port, localEndpoints: 1 });
  expect((await get(port)).status).toBe(200);
  ports.set('default/b', { port, localEndpoints: 0 });
  expect((await get(port)).status).toBe(200);
  ports.set('default/a', undefined);
  ports.set('default/b', undefined);
  expect(ports.ports).toEqual([]);
  await expect(get(port)).rejects.toThrow();
});
