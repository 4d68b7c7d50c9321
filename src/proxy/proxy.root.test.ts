import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import type { CommandRunner } from '../base/run-command.ts';
import { type LabPod, NetLab } from '../testing/programs/net-lab.ts';
import { ServiceWorld } from '../testing/service-world.ts';
import { createProxy, type Proxy, type ProxyOptions, removeProxyRules } from './proxy.ts';

const TABLE = 'pp-proxylab';
const NODE = 'n1';
let lab: NetLab;
let world: ServiceWorld;
let proxy: Proxy;
let pods: LabPod[];
const stop = new AbortController();
let running: Promise<unknown>;

const options = (): ProxyOptions => ({
  informers: world.informers,
  commands: lab.node,
  clock: systemClock,
  random: systemRandom,
  log: { ...silentLogger, error: (message, fields) => console.error(message, fields) },
  nodeName: NODE,
  tableName: TABLE,
  clusterCIDRs: [lab.options.clusterCIDR],
  serviceCIDRs: [lab.options.serviceCIDR],
});

beforeAll(async () => {
  lab = await NetLab.create('pp-proxylab');
  await lab.setUpNetwork();
  pods = await Promise.all(['a', 'b', 'c'].map(name => lab.addPod(name)));
  await Promise.all(pods.map(pod => lab.serve(pod)));
  world = new ServiceWorld();
  proxy = createProxy(options());
  running = Promise.all([world.informers.run(stop.signal), proxy.run(stop.signal)]);
  await proxy.ready;
});

afterAll(async () => {
  stop.abort();
  await running;
  await lab.close();
});

const pause = (ms: number) =>
  new Promise<void>(resolve => {
    setTimeout(resolve, ms);
  });
/** Resolves when the rules show what the test has just put into the world. */
async function applied(): Promise<void> {
  await world.taken();
  while (proxy.health().pending > 0) await pause(5);
}
const backends = (list: readonly LabPod[]) => list.map(({ ip }) => ({ ip, nodeName: NODE }));
const curl = (url: string) => ['curl', '-s', '--max-time', '3', url];
/** How often each pod answered, and the client addresses they saw. */
async function ask(from: CommandRunner, url: string, times: number) {
  const script = `for i in $(seq ${times}); do curl -s --max-time 3 ${url} || echo failed; done`;
  const { stdout } = await from.run(['sh', '-c', script]);
  const answers = stdout.trim().split('\n');
  const counts: Record<string, number> = {};
  const clients = new Set<string>();
  for (const answer of answers) {
    const [name = '', client = ''] = answer.split(' ');
    counts[name] = (counts[name] ?? 0) + 1;
    clients.add(client);
  }
  return { counts, clients: [...clients] };
}

test('connections to a cluster IP spread over all endpoints, from the host and from a pod', async () => {
  world.service('web', { clusterIP: '10.96.0.5' });
  world.endpoints('web', backends(pods));
  await applied();
  for (const from of [lab.node, pods[0]!.commands]) {
    const { counts } = await ask(from, 'http://10.96.0.5', 60);
    expect(Object.keys(counts).sort()).toEqual(['a', 'b', 'c']);
    // 60 draws of 1 in 3: fewer than 5 for one happens once in a million runs.
    for (const count of Object.values(counts)) expect(count).toBeGreaterThanOrEqual(5);
  }
});

test('pods see the address of the pod that called, and a pod reaches itself', async () => {
  world.service('self', { clusterIP: '10.96.0.6' });
  world.endpoints('self', backends([pods[0]!]));
  await applied();
  expect((await pods[1]!.commands.run(curl('http://10.96.0.6'))).stdout).toBe(`a ${pods[1]!.ip}\n`);
  expect((await pods[0]!.commands.run(curl('http://10.96.0.6'))).stdout).toBe('a 10.244.0.1\n');
});

test('a node port answers on every address of the node, loopback too, and from outside', async () => {
  world.service('np', { clusterIP: '10.96.0.7', type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] });
  world.endpoints('np', backends(pods));
  await applied();
  for (const address of ['127.0.0.1', NetLab.nodeAddress, '10.244.0.1']) {
    const { counts } = await ask(lab.node, `http://${address}:30080`, 20);
    expect(counts['failed']).toBeUndefined();
  }
  const outside = await ask(lab.outside, `http://${NetLab.nodeAddress}:30080`, 40);
  expect(Object.keys(outside.counts).sort()).toEqual(['a', 'b', 'c']);
  expect(outside.clients).toEqual(['10.244.0.1']);
  expect((await pods[0]!.commands.run(curl(`http://${NetLab.nodeAddress}:30080`))).stdout).toMatch(/^[abc] /);
});

test('externalTrafficPolicy Local keeps the address of the client outside', async () => {
  world.service('local', {
    clusterIP: '10.96.0.8',
    type: 'NodePort',
    externalTrafficPolicy: 'Local',
    ports: [{ port: 80, nodePort: 30081 }],
  });
  world.endpoints('local', [...backends([pods[0]!]), { ip: pods[1]!.ip, nodeName: 'n2' }]);
  await applied();
  const { counts, clients } = await ask(lab.outside, `http://${NetLab.nodeAddress}:30081`, 20);
  expect(counts).toEqual({ a: 20 });
  expect(clients).toEqual([NetLab.outsideAddress]);
  expect(Object.keys((await ask(lab.node, 'http://127.0.0.1:30081', 30)).counts).sort()).toEqual(['a', 'b']);
});

test('a service without endpoints refuses at once, from everywhere', async () => {
  world.service('none', { clusterIP: '10.96.0.9', type: 'NodePort', ports: [{ port: 80, nodePort: 30082 }] });
  await applied();
  const code = async (from: CommandRunner, url: string) =>
    (await from.run(['sh', '-c', `curl -s --max-time 1 ${url}; echo $?`])).stdout.trim();
  // 7 is curl's "connection refused"; 28 would be a time-out. An address that nobody has takes 3 s to fail.
  expect(await code(lab.node, 'http://10.96.0.9')).toBe('7');
  expect(await code(pods[0]!.commands, 'http://10.96.0.9')).toBe('7');
  expect(await code(lab.outside, `http://${NetLab.nodeAddress}:30082`)).toBe('7');
  expect(await code(lab.node, 'http://127.0.0.1:30082')).toBe('7');
  expect(await code(pods[0]!.commands, 'http://10.96.200.200')).toBe('7');
});

test('with session affinity a client stays, and other clients may be elsewhere', async () => {
  world.service('sticky', {
    clusterIP: '10.96.0.11',
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
  });
  world.endpoints('sticky', backends(pods));
  await applied();
  const homes: string[] = [];
  for (const from of [lab.node, ...pods.map(pod => pod.commands)]) {
    const { counts } = await ask(from, 'http://10.96.0.11', 12);
    expect(Object.keys(counts)).toHaveLength(1);
    homes.push(Object.keys(counts)[0] ?? '');
  }
  // Its endpoint stays while another one goes; gone itself, the client is sent elsewhere.
  const stays = pods.filter(pod => pod.name === homes[0]);
  world.endpoints('sticky', backends(stays));
  await applied();
  expect((await ask(lab.node, 'http://10.96.0.11', 5)).counts).toEqual({ [`${homes[0]}`]: 5 });
  world.endpoints('sticky', backends(pods.filter(pod => pod.name !== homes[0])));
  await applied();
  expect(Object.keys((await ask(lab.node, 'http://10.96.0.11', 5)).counts)).not.toContain(homes[0]);
});

test('UDP follows when its endpoint is replaced under a client that keeps its port', async () => {
  const ports = [{ name: '', port: 8080, protocol: 'UDP' }];
  world.service('udp', { clusterIP: '10.96.0.12', ports: [{ port: 53, protocol: 'UDP' }] });
  world.endpoints('udp', backends([pods[0]!]), ports);
  await applied();
  const script = `
    const s = require('node:dgram').createSocket('udp4');
    const ask = () => new Promise(r => { const t = setTimeout(() => { s.removeAllListeners('message'); r('timeout') }, 1500);
      s.once('message', m => { clearTimeout(t); r(String(m).trim()); }); s.send('x', 53, '10.96.0.12'); });
    process.stdin.on('data', async () => console.log(await ask()));
    s.bind(45000, async () => console.log(await ask()));`;
  const { spawn } = await import('node:child_process');
  const client = spawn('ip', ['netns', 'exec', 'pp-proxylab-b', process.execPath, '-e', script]);
  const line = () =>
    new Promise<string>(resolve => client.stdout.once('data', data => resolve(String(data).trim())));
  expect(await line()).toMatch(/^a /);
  world.endpoints('udp', backends([pods[2]!]), ports);
  await applied();
  const again = () => {
    const next = line();
    client.stdin.write('go\n');
    return next;
  };
  expect(await again()).toMatch(/^c /);
  // The same address, another port: a DNS server that was started again.
  await lab.serve({ ...pods[2]!, name: 'c2' }, 8081);
  world.endpoints('udp', backends([pods[2]!]), [{ name: '', port: 8081, protocol: 'UDP' }]);
  await applied();
  expect(await again()).toMatch(/^c2 /);
  client.kill('SIGKILL');
});

test('an endpoint may be the node itself, as for the API server and DNS, over TCP and UDP', async () => {
  await lab.serve(lab.host('node'), 10053);
  world.service('host', {
    clusterIP: '10.96.0.10',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  });
  world.endpoints(
    'host',
    [{ ip: '10.244.0.1', nodeName: NODE }],
    [
      { name: 'dns', port: 10053, protocol: 'UDP' },
      { name: 'dns-tcp', port: 10053, protocol: 'TCP' },
    ],
  );
  await applied();
  for (const from of [lab.node, pods[0]!.commands]) {
    expect((await from.run(curl('http://10.96.0.10:53'))).stdout).toMatch(/^node 10\.244\.0\./);
    const udp = `const s = require('node:dgram').createSocket('udp4');
      s.on('message', m => { console.log(String(m).trim()); s.close(); process.exit(); });
      setTimeout(() => process.exit(1), 2000); s.send('x', 53, '10.96.0.10');`;
    expect((await from.run([process.execPath, '-e', udp])).stdout).toMatch(/^node 10\.244\.0\./);
  }
});

test('the kernel takes the golden tables of both families', async () => {
  for (const [family, file] of [
    ['ip', 'whole-table.nft'],
    ['ip6', 'whole-table-ipv6.nft'],
  ] as const) {
    await lab.node.run(['nft', '-f', new URL(`ruleset/golden/${file}`, import.meta.url).pathname]);
    await lab.node.run(['nft', 'delete', 'table', family, 'peapod']);
  }
});

test('no connection fails while endpoints come and go under load', async () => {
  world.service('busy', {
    clusterIP: '10.96.0.13',
    type: 'NodePort',
    ports: [{ port: 80, nodePort: 30083 }],
  });
  world.endpoints('busy', backends(pods));
  await applied();
  let busy = true;
  let swaps = 0;
  const swapping = (async () => {
    for (; busy; swaps++) {
      world.endpoints('busy', backends(pods.filter((_, i) => i !== swaps % 4)));
      await pause(25);
    }
  })();
  const [inside, outside] = await Promise.all([
    ask(lab.node, 'http://10.96.0.13', 150),
    ask(lab.outside, `http://${NetLab.nodeAddress}:30083`, 150),
  ]);
  busy = false;
  await swapping;
  expect(swaps).toBeGreaterThan(10);
  expect(inside.counts['failed']).toBeUndefined();
  expect(outside.counts['failed']).toBeUndefined();
  expect(proxy.health()).toMatchObject({ healthy: true, failures: 0 });
});

test('5,000 services are applied, and changing one of them is quick', async () => {
  // A proxy of its own, which finds them when it starts: a scripted watch is slow, not the proxy.
  const many = new ServiceWorld();
  for (let i = 0; i < 5_000; i++) {
    many.service(`many-${i}`, { clusterIP: `10.97.${Math.floor(i / 250)}.${(i % 250) + 1}` });
    many.endpoints(`many-${i}`, backends(pods));
  }
  const end = new AbortController();
  const large = createProxy({ ...options(), informers: many.informers, tableName: 'pp-many' });
  const startedMs = performance.now();
  const done = Promise.all([many.informers.run(end.signal), large.run(end.signal)]);
  await large.ready;
  const wholeMs = performance.now() - startedMs;
  const wholeNftMs = large.health().lastApplyMs;

  const changeStartedMs = performance.now();
  const changed = new Promise<void>(resolve => large.onApplied(resolve));
  many.endpoints('many-4999', backends(pods.slice(0, 2)));
  await changed;
  const changeMs = performance.now() - changeStartedMs;
  console.log(
    `5,000 services, 15,000 endpoints: ${wholeMs.toFixed(0)} ms from start to applied (nft ${wholeNftMs.toFixed(0)}); one change ${changeMs.toFixed(0)} ms (nft ${large.health().lastApplyMs.toFixed(0)})`,
  );
  expect(changeMs).toBeLessThan(wholeMs / 4);
  expect((await ask(lab.node, 'http://10.97.19.250', 10)).counts['failed']).toBeUndefined();
  expect(large.health().failures).toBe(0);
  end.abort();
  await done;
  await removeProxyRules({ commands: lab.node, tableName: 'pp-many' });
});

test('rules outlive the proxy, and removal leaves no table', async () => {
  stop.abort();
  await running;
  expect((await ask(lab.node, 'http://10.96.0.5', 3)).counts['failed']).toBeUndefined();
  await removeProxyRules({ commands: lab.node, tableName: TABLE });
  expect((await lab.node.run(['nft', 'list', 'tables'])).stdout).not.toMatch(/proxylab$/m);
  await removeProxyRules({ commands: lab.node, tableName: TABLE });
});

test('without br_netfilter pods of one node reach each other through services by the bridge', async () => {
  const bridge = ['ip', 'link', 'set', lab.options.bridge, 'type', 'bridge', 'nf_call_iptables', '0'];
  await lab.node.run(bridge);
  await lab.node.run(['tee', '/proc/sys/net/bridge/bridge-nf-call-iptables'], { input: '0' });
  const end = new AbortController();
  const own = new ServiceWorld();
  own.service('self', { clusterIP: '10.96.0.6' });
  own.endpoints('self', backends([pods[0]!]));
  const { informers } = own;
  const again = createProxy({ ...options(), informers, masqueradeWithin: [lab.options.podCIDR] });
  const done = Promise.all([informers.run(end.signal), again.run(end.signal)]);
  await again.ready;
  expect((await pods[1]!.commands.run(curl('http://10.96.0.6'))).stdout).toBe('a 10.244.0.1\n');
  expect((await pods[0]!.commands.run(curl('http://10.96.0.6'))).stdout).toBe('a 10.244.0.1\n');
  end.abort();
  await done;
  await removeProxyRules({ commands: lab.node, tableName: TABLE });
});
