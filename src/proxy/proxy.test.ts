import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { CommandError, type CommandRunner } from '../base/run-command.ts';
import { NftModel } from '../testing/nft-model.ts';
import { ServiceWorld } from '../testing/service-world.ts';
import { type VirtualClock, virtualClock } from '../testing/virtual-clock.ts';
import { createProxy, type Proxy, type ProxyOptions } from './proxy.ts';

const host = { localAddresses: ['192.0.2.2'] };
let clock: VirtualClock;
let world: ServiceWorld;
let stop: AbortController;
let kernel: NftModel;
/** The commands that were run: 'nft whole', 'nft change' or the whole line. */
let ran: string[];
let failNft: boolean;
let conntrackError: CommandError | undefined;

beforeEach(() => {
  clock = virtualClock();
  world = new ServiceWorld(clock);
  stop = new AbortController();
  kernel = new NftModel();
  ran = [];
  failNft = false;
  conntrackError = undefined;
});
let running: Promise<unknown>;
afterEach(async () => {
  stop.abort();
  await running;
  expect(clock.pending).toBe(0);
});

const commands: CommandRunner = {
  run: async (command, options) => {
    if (command[0] === 'nft') {
      const whole = options?.input?.includes('delete table') ?? false;
      ran.push(whole ? 'nft whole' : 'nft change');
      if (failNft) throw new CommandError(command, 'no buffer space', { exitCode: 1 });
      kernel.apply(options?.input ?? '');
    } else {
      ran.push(command.join(' '));
      if (conntrackError) throw conntrackError;
    }
    return { stdout: '', stderr: '' };
  },
};

function start(overrides: Partial<ProxyOptions> = {}): Proxy {
  const proxy = createProxy({
    informers: world.informers,
    commands,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    nodeName: 'n1',
    tableName: 'peapod',
    clusterCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    ...overrides,
  });
  running = Promise.all([world.informers.run(stop.signal), proxy.run(stop.signal)]);
  return proxy;
}
const targets = (ip = '10.96.0.5', port = 80) =>
  kernel
    .route({ source: '10.244.0.9', destination: ip, protocol: 'tcp', port }, host)
    .map(({ target }) => target)
    .sort();

test('the first round makes the whole table, later ones send what differs, and nothing runs when idle', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  expect(proxy.health().healthy).toBe(false);
  await clock.settle();
  await proxy.ready;
  expect(ran).toEqual(['nft whole']);
  expect(targets()).toEqual(['10.244.0.2:8080']);
  expect(proxy.health()).toMatchObject({ healthy: true, services: 1, endpointAddresses: 1 });

  world.endpoints('web', [{ ip: '10.244.0.2' }, { ip: '10.244.0.3' }]);
  await clock.advance(50);
  expect(ran).toEqual(['nft whole', 'nft change']);
  expect(targets()).toEqual(['10.244.0.2:8080', '10.244.0.3:8080']);
  expect(clock.pending).toBe(0);
  await clock.advance(3_600_000);
  expect(ran).toHaveLength(2);
});

test('many events at once are one transaction', async () => {
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  for (let i = 1; i <= 50; i++) {
    world.service(`s${i}`, { clusterIP: `10.96.1.${i}` });
    world.endpoints(`s${i}`, [{ ip: '10.244.0.2' }]);
  }
  await clock.advance(100);
  expect(ran.length).toBeLessThanOrEqual(3);
  expect(targets('10.96.1.50')).toEqual(['10.244.0.2:8080']);
});

test('an event that changes no rule runs nothing', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  world.endpoints('web', [{ ip: '10.244.0.2' }, { ip: '10.244.0.3', ready: false }]);
  world.service('headless', { clusterIP: 'None' });
  await clock.advance(100);
  expect(ran).toEqual(['nft whole']);
});

test('a deleted service is gone though its slice is still there', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  world.removeService('web');
  await clock.advance(100);
  expect(targets()).toEqual(['reject']);
  expect(proxy.health().services).toBe(0);
});

test('after a failed apply the whole table is made again, with what came in between', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  failNft = true;
  world.endpoints('web', [{ ip: '10.244.0.3' }]);
  await clock.advance(50);
  expect(proxy.health()).toMatchObject({ healthy: false, failures: 1 });
  expect(proxy.health().message).toContain('no buffer space');
  world.service('other', { clusterIP: '10.96.0.6' });
  failNft = false;
  await clock.advance(1_000);
  expect(ran.at(-1)).toBe('nft whole');
  expect(targets()).toEqual(['10.244.0.3:8080']);
  expect(targets('10.96.0.6')).toEqual(['reject']);
  expect(proxy.health().healthy).toBe(true);
});

test('beforeStop waits until the rules have let go of a pod, and no longer', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }, { ip: '10.244.0.3' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  let answer: boolean | undefined;
  const waiting = proxy.beforeStop(['10.244.0.2']).then(gone => {
    answer = gone;
  });
  await clock.settle();
  expect(answer).toBeUndefined();
  world.endpoints('web', [
    { ip: '10.244.0.2', ready: false, serving: true, terminating: true },
    { ip: '10.244.0.3' },
  ]);
  await clock.advance(50);
  await waiting;
  expect(answer).toBe(true);
  expect(targets()).toEqual(['10.244.0.3:8080']);
  expect(await proxy.beforeStop(['10.244.0.77'])).toBe(true);
});

test('beforeStop does not wait for the last endpoint, which serves while it terminates', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2', ready: false, serving: true, terminating: true }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  expect(targets()).toEqual(['10.244.0.2:8080']);
  expect(await proxy.beforeStop(['10.244.0.2'])).toBe(true);
});

test('beforeStop gives up after its limit, and at once when aborted', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  const waiting = proxy.beforeStop(['10.244.0.2'], { limitMs: 300 });
  await clock.advance(300);
  expect(await waiting).toBe(false);
  const abort = new AbortController();
  const aborted = proxy.beforeStop(['10.244.0.2'], { signal: abort.signal });
  abort.abort();
  expect(await aborted).toBe(false);
});

test('UDP flows to an endpoint that is gone are forgotten, TCP connections are left alone', async () => {
  const port = { name: '', port: 1053, protocol: 'UDP' };
  world.service('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] });
  world.endpoints('dns', [{ ip: '10.244.0.2' }, { ip: '10.244.0.3' }], [port]);
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }, { ip: '10.244.0.3' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  ran.length = 0;
  world.endpoints('dns', [{ ip: '10.244.0.3' }], [port]);
  world.endpoints('web', [{ ip: '10.244.0.3' }]);
  await clock.advance(100);
  expect(ran.filter(line => line.startsWith('conntrack'))).toEqual([
    'conntrack -D -f ipv4 -p udp --dst-nat 10.244.0.2 --reply-port-src 1053',
  ]);
});

test('very many stale flows are forgotten by the range of cluster IPs, and others of the machine stay', async () => {
  for (let i = 1; i <= 100; i++) {
    world.service(`dns-${i}`, { clusterIP: `10.96.1.${i}`, ports: [{ port: 53, protocol: 'UDP' }] });
    world.endpoints(`dns-${i}`, [{ ip: '10.244.0.2' }], [{ name: '', port: 1053, protocol: 'UDP' }]);
  }
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  await clock.advance(100);
  expect(ran.filter(line => line.startsWith('conntrack'))).toEqual([
    'conntrack -D -f ipv4 -p udp --orig-dst 10.96.0.0/12',
  ]);
});

test('without conntrack the rules are applied all the same', async () => {
  conntrackError = new CommandError(['conntrack'], 'not installed', { notFound: true });
  world.service('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] });
  world.endpoints('dns', [{ ip: '10.244.0.2' }], [{ name: '', port: 1053, protocol: 'UDP' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  expect(proxy.health().healthy).toBe(true);
  world.endpoints('dns', [{ ip: '10.244.0.3' }], [{ name: '', port: 1053, protocol: 'UDP' }]);
  await clock.advance(100);
  expect(ran.filter(line => line.startsWith('conntrack'))).toHaveLength(1);
});

test('a service that cannot be read keeps its rules and holds up no other', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', [{ ip: '10.244.0.2' }]);
  const proxy = start();
  await clock.settle();
  await proxy.ready;
  world.put('services', { metadata: { namespace: 'default', name: 'web' } });
  world.service('other', { clusterIP: '10.96.0.6' });
  world.endpoints('other', [{ ip: '10.244.0.3' }]);
  await clock.advance(100);
  expect(targets()).toEqual(['10.244.0.2:8080']);
  expect(targets('10.96.0.6')).toEqual(['10.244.0.3:8080']);
  expect(proxy.health()).toMatchObject({ healthy: true, pending: 0 });
});

test('a proxy that is stopped before anything came ends', async () => {
  start();
  stop.abort();
  await running;
  expect(ran).toEqual([]);
});
