import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureClusterCertificates } from './cluster-certificates.ts';

const NOW = Date.parse('2026-11-23T00:00:00Z');
const DAY_MS = 86_400_000;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-pki-'));
});
afterEach(() => rm(dir, { recursive: true }));

const ensure = (over: { nowMs?: number; ipAddresses?: string[] } = {}) =>
  ensureClusterCertificates({
    dir,
    dnsNames: ['kubernetes', 'localhost'],
    ipAddresses: ['10.96.0.1', '127.0.0.1'],
    nowMs: NOW,
    ...over,
  });

test('what is valid is kept as it is', async () => {
  expect(await ensure()).toEqual(await ensure({ nowMs: NOW + 300 * DAY_MS }));
});

test('a certificate is issued anew a month before it expires, by the same authority', async () => {
  const before = await ensure();
  const after = await ensure({ nowMs: NOW + 340 * DAY_MS });
  expect(after.authority).toBe(before.authority);
  expect(after.serviceAccountKey).toBe(before.serviceAccountKey);
  expect(after.admin.certificate).not.toBe(before.admin.certificate);
  expect(Date.parse(new X509Certificate(after.serving.certificate).validTo)).toBe(NOW + (340 + 365) * DAY_MS);
});

test('a new address of the server makes a new serving certificate, and nothing else', async () => {
  const before = await ensure();
  const after = await ensure({ ipAddresses: ['10.96.0.1', '127.0.0.1', '192.0.2.7'] });
  expect(new X509Certificate(after.serving.certificate).checkIP('192.0.2.7')).toBe('192.0.2.7');
  expect(after.admin).toEqual(before.admin);
});

test('private keys are for their owner’s eyes only', async () => {
  await ensure();
  for (const name of ['ca.key', 'admin.key', 'apiserver.key', 'sa.key']) {
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  }
});

test('client and server recognize each other, and the client’s groups are its organizations', async () => {
  const made = await ensureClusterCertificates({
    dir,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    nowMs: Date.now(),
  });
  const server = createServer({
    key: made.serving.key,
    cert: made.serving.certificate,
    ca: made.authority,
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
  const client = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ca: made.authority,
    key: made.admin.key,
    cert: made.admin.certificate,
  });
  const [socket] = await accepted;
  expect(socket.getPeerCertificate().subject).toMatchObject({ CN: 'kubernetes-admin', O: 'system:masters' });
  client.destroy();
  server.close();
});

test('the authority may sign certificates, the others may not', async () => {
  const made = await ensure();
  expect(new X509Certificate(made.authority).ca).toBe(true);
  expect(new X509Certificate(made.admin.certificate).ca).toBe(false);
  const key = createPrivateKey(made.admin.key);
  expect(new X509Certificate(made.admin.certificate).checkPrivateKey(key)).toBe(true);
});
