/**
 * An API server on an LMDB store as a process of its own, for load from another one: no controllers,
 * no node. Argument: an empty directory. Prints one JSON line (port, certificates) when it listens,
 * and a line of its memory, CPU and event loop delay for each line on stdin; ends when stdin does.
 */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { builtinKinds } from '../../src/api/kinds.ts';
import { bootstrap } from '../../src/apiserver/bootstrap/bootstrap.ts';
import { StoreWatchCache } from '../../src/apiserver/cache/watch-cache.ts';
import { createApiServer } from '../../src/apiserver/server.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { ensureClusterCertificates } from '../../src/cluster/certificates/cluster-certificates.ts';
import { LmdbStore } from '../../src/store/lmdb/store.ts';

const [dir = ''] = process.argv.slice(2);
const certificates = await ensureClusterCertificates({
  dir: join(dir, 'pki'),
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  nowMs: systemClock.now(),
});
const store = await LmdbStore.open({ directory: join(dir, 'store') });
const cache = await StoreWatchCache.open({ store });
const server = createApiServer({
  store,
  cache,
  kinds: builtinKinds,
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
  advertise: '127.0.0.1:0',
  serviceAccountKey: certificates.serviceAccountKey,
});
await bootstrap(server.core, {
  endpoint: { address: '192.0.2.1', port: 6443, clusterIp: '10.96.0.1' },
  serviceCidrs: ['10.96.0.0/12'],
});
const address = await server.listen({
  port: 0,
  host: '127.0.0.1',
  certificate: certificates.serving.certificate,
  key: certificates.serving.key,
  clientCa: certificates.authority,
});
console.log(
  JSON.stringify({
    port: address.port,
    certFile: join(dir, 'pki/apiserver.crt'),
    serving: certificates.serving,
    admin: certificates.admin,
  }),
);
const RESOLUTION_MS = 2;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();
for await (const _ of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage();
  console.log(
    JSON.stringify({
      memoryBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      loopDelayP99Ms: Math.max(0, delays.percentile(99) / 1e6 - RESOLUTION_MS),
    }),
  );
  delays.reset();
}
process.exit(0);
