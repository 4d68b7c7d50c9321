import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import { systemCommands } from '../base/run-command.ts';
import { ServiceWorld } from '../testing/service-world.ts';
import { createDnsServer } from './server.ts';

/** The C library asks port 53 only, so the server takes it, on a loopback address of its own. */
const ADDRESS = '127.77.0.53';
const stop = new AbortController();
let running: Promise<unknown>;
let directory: string;

beforeAll(async () => {
  const world = new ServiceWorld();
  world.put('namespaces', { metadata: { name: 'default' } });
  world.service('web', { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5', 'fd00:96::5'] });
  world.service('pets', { clusterIP: 'None' });
  world.endpoints(
    'pets',
    Array.from({ length: 200 }, (_, i) => ({ ip: `10.244.0.${i + 1}` })),
  );
  const server = createDnsServer({
    informers: world.informers,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
    listen: [{ address: ADDRESS, port: 53 }],
    serviceAddresses: ['10.96.0.10'],
    upstreams: () => [],
  });
  running = Promise.all([world.informers.run(stop.signal), server.run(stop.signal)]);
  await server.listening;
  await world.informers.synced();
  directory = await mkdtemp(join(tmpdir(), 'pp-dns-'));
  await writeFile(
    join(directory, 'resolv.conf'),
    `nameserver ${ADDRESS}\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
  );
});

afterAll(async () => {
  stop.abort();
  await running;
  await rm(directory, { recursive: true, force: true });
});

/** Runs a command that sees a pod's resolv.conf, in a mount namespace of its own. */
async function inPod(...command: readonly string[]): Promise<string> {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  const file = join(directory, 'resolv.conf');
  return (await systemCommands().run(['unshare', '-m', 'sh', '-c', script, file, ...command])).stdout;
}

test('glibc finds services by short and long names, in both families', async () => {
  expect(await inPod('getent', 'ahostsv4', 'web')).toMatch(
    /^10\.96\.0\.5 +STREAM web\.default\.svc\.cluster\.local/,
  );
  expect(await inPod('getent', 'ahostsv6', 'web.default')).toMatch(/^fd00:96::5 /);
  expect(await inPod('getent', 'hosts', '10.96.0.5')).toMatch(
    /^10\.96\.0\.5 +web\.default\.svc\.cluster\.local/,
  );
});

test('glibc gets all addresses of a large headless service, over TCP', async () => {
  const lines = (await inPod('getent', 'ahostsv4', 'pets'))
    .split('\n')
    .filter(line => line.includes('STREAM'));
  expect(lines).toHaveLength(200);
});

test('a name that is nowhere is not found, at the first question', async () => {
  const startedMs = performance.now();
  await expect(inPod('getent', 'ahosts', 'absent')).rejects.toMatchObject({ exitCode: 2 });
  await expect(inPod('getent', 'ahosts', 'www.example.com')).rejects.toMatchObject({ exitCode: 2 });
  // glibc asks again after 5 s without an answer.
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('curl in a pod finds what it is told', async () => {
  const output = await inPod('sh', '-c', 'curl -sv --max-time 1 http://web/ 2>&1 || true');
  expect(output).toContain('Trying 10.96.0.5:80');
});
