import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import {
  Server as GrpcServer,
  loadPackageDefinition,
  ServerCredentials,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import type { Probe } from '../../generated/core-v1.ts';
import { RuntimeError } from '../cri/contract.ts';
import { createFakeRuntime } from '../cri/fake.ts';
import { judge, ProbeManager } from './probe-manager.ts';
import { createProbeRunner } from './run-probe.ts';

interface HealthPackage {
  readonly grpc: { readonly health: { readonly v1: { readonly Health: { service: ServiceDefinition } } } };
}

const runtime = createFakeRuntime(systemClock);
const run = createProbeRunner(runtime, systemClock);
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const container = { name: 'main', ports: [{ name: 'web', containerPort: 1 }] };
const probe = (action: Probe) => run({ probe: action, container, containerId: 'id', podIP: '127.0.0.1' });

async function serve(
  status: number,
  headers: Record<string, string> = {},
): Promise<{ port: number; seen: string[] }> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(
      `${request.method} ${request.url} ${request.headers['user-agent']} ${request.headers['x-a'] ?? ''}`,
    );
    if (status === 0) return;
    response.writeHead(status, headers).end('body');
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

test.each([
  [200, 'success'],
  [399, 'warning'],
  [404, 'failure'],
  [500, 'failure'],
])('an HTTP answer of %i is a %s', async (status, result) => {
  const { port, seen } = await serve(status);
  const outcome = await probe({
    httpGet: { port, path: '/healthz', httpHeaders: [{ name: 'X-A', value: 'b' }] },
  });
  expect(outcome.result).toBe(result);
  if (result === 'failure') expect(outcome.output).toBe(`HTTP probe failed with statuscode: ${status}`);
  expect(seen).toEqual(['GET /healthz kube-probe/1.36 b']);
});

test('a redirect to another host is a success with a warning, one to itself is followed', async () => {
  const target = await serve(503);
  const away = await serve(302, { Location: 'http://example.invalid/' });
  expect(await probe({ httpGet: { port: away.port } })).toEqual({
    result: 'warning',
    output: 'Probe terminated redirects, Response body: body',
  });
  const home = await serve(302, { Location: `http://127.0.0.1:${target.port}/x` });
  expect(await probe({ httpGet: { port: home.port } })).toMatchObject({
    output: 'HTTP probe failed with statuscode: 503',
  });
});

test('a server that does not answer in time, or is not there, is told in the usual words', async () => {
  const { port } = await serve(0);
  const late = await probe({ httpGet: { port, path: '/' }, timeoutSeconds: 0.05 });
  expect(late).toEqual({
    result: 'failure',
    output: `Get "http://127.0.0.1:${port}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  }
  expect((await probe({ httpGet: { port, path: '/' } })).output).toBe(
    `Get "http://127.0.0.1:${port}/": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  );
  expect((await probe({ tcpSocket: { port } })).output).toBe(
    `dial tcp 127.0.0.1:${port}: connect: connection refused`,
  );
});

test('a TCP port that takes connections is a success', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  expect((await probe({ tcpSocket: { port: (server.address() as AddressInfo).port } })).result).toBe(
    'success',
  );
  server.close();
});

test('a gRPC health service is asked, for one service or for all of it', async () => {
  const asked: string[] = [];
  const health = loadPackageDefinition(loadSync('src/kubelet/probes/health.proto', { enums: String }));
  const { service } = (health as unknown as HealthPackage).grpc.health.v1.Health;
  const server = new GrpcServer();
  server.addService(service, {
    Check(call: { request: { service: string } }, answer: (error: null, value: { status: string }) => void) {
      asked.push(call.request.service);
      answer(null, { status: call.request.service === 'ill' ? 'NOT_SERVING' : 'SERVING' });
    },
  });
  const other = new GrpcServer();
  const insecure = ServerCredentials.createInsecure();
  const bind = (s: GrpcServer) =>
    new Promise<number>((resolve, reject) =>
      s.bindAsync('127.0.0.1:0', insecure, (error, at) => (error ? reject(error) : resolve(at))),
    );
  const [port, otherPort] = [await bind(server), await bind(other)];
  try {
    expect(await probe({ grpc: { port } })).toEqual({ result: 'success', output: '' });
    expect(await probe({ grpc: { port, service: 'ill' } })).toEqual({
      result: 'failure',
      output: 'service unhealthy (responded with "NOT_SERVING")',
    });
    expect(asked).toEqual(['', 'ill']);
    expect(await probe({ grpc: { port: otherPort } })).toEqual({
      result: 'failure',
      output:
        'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): The server does not implement the method /grpc.health.v1.Health/Check',
    });
    const { port: http } = await serve(200);
    expect(await probe({ grpc: { port: http }, timeoutSeconds: 0.1 })).toEqual({
      result: 'failure',
      output: `timeout: failed to connect service "127.0.0.1:${http}" within 0.1s: context deadline exceeded`,
    });
  } finally {
    server.forceShutdown();
    other.forceShutdown();
  }
});

test('a port name that the container does not have makes the result unknown', async () => {
  expect(await probe({ tcpSocket: { port: 'nope' } })).toEqual({
    result: 'unknown',
    output: 'strconv.Atoi: parsing "nope": invalid syntax',
  });
});

test('HTTPS is asked of a server that speaks HTTP', async () => {
  const { port } = await serve(200);
  expect(await probe({ httpGet: { port, scheme: 'HTTPS' } })).toEqual({
    result: 'failure',
    output: `Get "https://127.0.0.1:${port}/": http: server gave HTTP response to HTTPS client`,
  });
});

test('a command that cannot be run makes the result unknown, with the runtime’s error as gRPC prints it', async () => {
  const none = { ...runtime, execSync: () => Promise.reject(new RuntimeError('Unknown', 'no such file')) };
  const target = { container, containerId: 'id', podIP: '' };
  const run = createProbeRunner(none, systemClock);
  expect(await run({ ...target, probe: { exec: { command: ['/nope'] } } })).toEqual({
    result: 'unknown',
    output: 'rpc error: code = Unknown desc = no such file',
  });
});

test('a command that takes too long has failed', async () => {
  const slow = { ...runtime, execSync: () => Promise.reject(new RuntimeError('DeadlineExceeded', 'late')) };
  const outcome = await createProbeRunner(
    slow,
    systemClock,
  )({
    probe: { exec: { command: ['sleep', '9'] }, timeoutSeconds: 1 },
    container,
    containerId: 'id',
    podIP: '',
  });
  expect(outcome).toEqual({ result: 'failure', output: 'command timed out: "sleep 9" timed out after 1s' });
});

test('property: a verdict changes only after as many results in a row as the threshold asks for', () => {
  const results = fc.array(fc.constantFrom('success', 'failure', 'unknown' as const), { maxLength: 40 });
  fc.assert(
    fc.property(results, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (list, up, down) => {
      let verdict: Parameters<typeof judge>[0] = { passing: undefined, lastResult: undefined, inARow: 0 };
      const known: string[] = [];
      for (const result of list) {
        const next = judge(verdict, { result, output: '' } as never, {
          successThreshold: up,
          failureThreshold: down,
        });
        if (result !== 'unknown') known.push(result);
        if (next.passing !== verdict.passing) {
          const needed = next.passing ? up : down;
          const tail = known.slice(-needed);
          expect(tail).toHaveLength(needed);
          expect(new Set(tail)).toEqual(new Set([next.passing ? 'success' : 'failure']));
        }
        verdict = next;
      }
    }),
  );
});

test.each([true, false])(
  'a probe that fails as its container exits tells nothing (exits: %s)',
  async exits => {
    vi.useFakeTimers();
    try {
      const told: string[] = [];
      const probes = new ProbeManager({
        clock: systemClock,
        run: async () => ({ result: 'failure', output: 'connection reset' }),
        onChange: () => {},
        onUnhealthy: (_pod, name, kind) => told.push(`${kind} of ${name}`),
      });
      probes.watch({
        pod: { metadata: { uid: 'u' }, spec: { containers: [] } } as never,
        container: { name: 'main', readinessProbe: { periodSeconds: 1, tcpSocket: { port: 1 } } },
        containerId: 'id',
        startedAtMs: systemClock.now(),
        podIP: '127.0.0.1',
        wasReady: true,
        wasStarted: true,
      });
      probes.ending('id');
      await vi.advanceTimersByTimeAsync(600);
      expect(told).toEqual([]);
      if (exits) probes.forget('id');
      await vi.advanceTimersByTimeAsync(1100);
      expect(told.length > 0).toBe(!exits);
      probes.forgetAll();
    } finally {
      vi.useRealTimers();
    }
  },
);
