import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import {
  type ClusterCertificates,
  ensureClusterCertificates,
} from '../../cluster/certificates/cluster-certificates.ts';
import { type KubeletAnswer, type KubeletRequest, textAnswer } from './answer.ts';
import { KubeletServer } from './server.ts';

let dir: string;
let certificates: ClusterCertificates;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-kubelet-'));
  certificates = await ensureClusterCertificates({
    dir,
    dnsNames: ['localhost'],
    ipAddresses: [],
    node: { name: 'n', ipAddresses: ['127.0.0.1'] },
    nowMs: systemClock.now(),
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

type Handle = ConstructorParameters<typeof KubeletServer>[1];

async function serve(handle: Handle, port = 0) {
  const { certificate = '', key = '' } = certificates.kubelet?.serving ?? {};
  const server = new KubeletServer(
    {
      port,
      host: '127.0.0.1',
      certificate,
      key,
      clientCa: certificates.authority,
      access: {
        authenticateToken: async token =>
          token === 'good' ? { name: 'prometheus', groups: ['g'] } : undefined,
        authorize: async () => true,
      },
    },
    handle,
    silentLogger,
  );
  await server.listen();
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() });
}

async function ask(port: number | undefined, options: RequestOptions) {
  const outgoing = request({ port, host: '127.0.0.1', ca: certificates.authority, agent: false, ...options });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { outgoing, incoming };
}

const whoAsks: Handle = async (_request, user) => textAnswer(user ? 200 : 401, JSON.stringify(user ?? null));

test('clients are known by a certificate of the cluster’s CA or by a token, and others are not', async () => {
  await using server = await serve(whoAsks);
  const who = async (options: RequestOptions) =>
    JSON.parse(await text((await ask(server.port, options)).incoming));
  const { certificate: cert = '', key = '' } = certificates.kubelet?.client ?? {};
  expect(await who({ cert, key })).toEqual({
    name: 'kube-apiserver-kubelet-client',
    groups: ['system:masters'],
  });
  expect(await who({ headers: { authorization: 'Bearer good' } })).toEqual({
    name: 'prometheus',
    groups: ['g'],
  });
  expect(await who({ headers: { authorization: 'Bearer bad' } })).toBeNull();
  expect(await who({})).toBeNull();
});

test('its own certificate is good for the node’s name and address', async () => {
  await using server = await serve(whoAsks);
  const { incoming } = await ask(server.port, { servername: 'n' });
  expect(incoming.statusCode).toBe(401);
});

test('a followed log is ended by the client’s going, and by the server’s', async () => {
  const signals: AbortSignal[] = [];
  const follow = async ({ signal }: KubeletRequest): Promise<KubeletAnswer> => {
    signals.push(signal);
    const body = new Readable({ read: () => {} });
    body.push('line\n');
    return textAnswer(200, body);
  };
  const server = await serve(follow);
  const first = await ask(server.port, {});
  await once(first.incoming, 'data');
  first.outgoing.destroy();
  await expect.poll(() => signals[0]?.aborted).toBe(true);
  const second = await ask(server.port, {});
  second.incoming.on('error', () => {});
  await server.close();
  expect(signals[1]?.aborted).toBe(true);
  expect(server.port).toBeUndefined();
});

test('a broken path is 400, and a taken port an error', async () => {
  await using server = await serve(whoAsks);
  expect((await ask(server.port, { path: '/%' })).incoming.statusCode).toBe(400);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await expect(serve(whoAsks, port)).rejects.toThrow('EADDRINUSE');
  other.close();
});
