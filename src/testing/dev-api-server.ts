/**
 * An API server on the memory store with a socket, for tools and tests that need one:
 * tools/dev-apiserver.mjs, tools/oracle.mjs. No controllers, no nodes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtinKinds } from '../api/kinds.ts';
import { defaultServiceNetwork } from '../apiserver/allocators/service-addresses.ts';
import { MASTERS, type User } from '../apiserver/authn/user.ts';
import { bootstrap } from '../apiserver/bootstrap/bootstrap.ts';
import { StoreWatchCache } from '../apiserver/cache/watch-cache.ts';
import type { ProxyOptions } from '../apiserver/reverse-proxy/proxy.ts';
import { type ApiServer, createApiServer } from '../apiserver/server.ts';
import { systemClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { newUid } from '../base/uid.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../client/resources.ts';
import { ensureClusterCertificates } from '../cluster/certificates/cluster-certificates.ts';
import { createInProcessClient } from '../cluster/in-process/client.ts';
import { MemoryStore } from '../store/memory/store.ts';

export interface DevApiServer {
  readonly server: ApiServer;
  readonly url: string;
  /** Path of a kubeconfig with a cluster administrator. */
  readonly kubeconfig: string;
  /** Bearer token of the administrator who made the oracle's recordings: same name, UID and groups. */
  readonly token: string;
  /** Paths of another administrator's PEM files. */
  readonly certificate: string;
  readonly key: string;
  close(): Promise<void>;
}

const RECORDED_CLIENT: User = { name: 'admin', uid: 'u', groups: [MASTERS] };

/** What the oracle was recorded with. */
const SERVICE_CIDRS = ['10.96.0.0/16'];

/**
 * @param dir where certificates and the kubeconfig go; made when missing
 * @param port 0: any
 * @param proxy how pods and nodes are reached
 */
export async function startDevApiServer(
  dir: string,
  port = 0,
  log: Logger = silentLogger,
  proxy: ProxyOptions = {},
): Promise<DevApiServer> {
  await mkdir(dir, { recursive: true });
  const certificates = await ensureClusterCertificates({
    dir: join(dir, 'pki'),
    dnsNames: ['localhost', 'kubernetes'],
    ipAddresses: ['127.0.0.1', '10.96.0.1'],
    nowMs: systemClock.now(),
  });
  const token = newUid(systemRandom);
  const store = new MemoryStore();
  const cache = await StoreWatchCache.open({ store });
  const server = createApiServer({
    store,
    cache,
    kinds: builtinKinds,
    clock: systemClock,
    random: systemRandom,
    log,
    advertise: `127.0.0.1:${port}`,
    serviceAccountKey: certificates.serviceAccountKey,
    proxy,
    staticTokens: new Map([[token, RECORDED_CLIENT]]),
    serviceNetwork: { ...defaultServiceNetwork, serviceCidrs: SERVICE_CIDRS },
  });
  await bootstrap(server.core, {
    endpoint: { address: '192.0.2.1', port: port || 6443, clusterIp: '10.96.0.1' },
    serviceCidrs: SERVICE_CIDRS,
  });
  const address = await server.listen({
    port,
    host: '127.0.0.1',
    certificate: certificates.serving.certificate,
    key: certificates.serving.key,
    clientCa: certificates.authority,
  });
  const stop = new AbortController();
  const accounts = giveNamespacesAnAccount(server, stop.signal);
  const url = `https://127.0.0.1:${address.port}`;
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(url, certificates.authority, certificates.admin), {
    mode: 0o600,
  });
  return {
    server,
    url,
    kubeconfig,
    token,
    certificate: join(dir, 'pki/admin.crt'),
    key: join(dir, 'pki/admin.key'),
    async close() {
      stop.abort();
      await accounts;
      await server.close();
      cache.close();
      await store.close();
    },
  };
}

/** What the service account controller does: without it no pod could be created. */
async function giveNamespacesAnAccount(server: ApiServer, signal: AbortSignal): Promise<void> {
  const client = createInProcessClient({
    core: server.core,
    user: { name: 'dev', groups: [MASTERS] },
    createSubresource: server.createSubresource,
  });
  const accounts = client.resource(SERVICE_ACCOUNTS);
  const namespaces = client.resource(NAMESPACES);
  for await (const event of namespaces.watch({ resourceVersion: '', signal })) {
    if (event.type !== 'ADDED') continue;
    const namespace = event.object.metadata.name;
    await accounts.create({ metadata: { name: 'default', namespace } }).catch(() => {});
  }
}

function kubeconfigText(url: string, authority: string, admin: { certificate: string; key: string }): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'dev', cluster: { server: url, 'certificate-authority-data': base64(authority) } }],
    users: [
      {
        name: 'dev',
        user: {
          'client-certificate-data': base64(admin.certificate),
          'client-key-data': base64(admin.key),
        },
      },
    ],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
    'current-context': 'dev',
  });
}
