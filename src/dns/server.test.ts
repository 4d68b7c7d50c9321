import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, streamEncode } from 'dns-packet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import { ServiceWorld } from '../testing/service-world.ts';
import { createDnsServer, type DnsServer, type ListenAddress } from './server.ts';
import type { Upstream } from './upstream.ts';

const stop = { current: new AbortController() };
let world: ServiceWorld;
let server: DnsServer;
let at: ListenAddress;
let running: Promise<unknown>;
let upstreams: readonly Upstream[];
let upstream: UdpSocket;
/** What the resolver outside was asked, and what it answers besides the question. */
let asked: string[];
let outside: Partial<Packet>;
/** What becomes of its answers on the wire. */
let mangle: (response: Buffer) => void;

beforeEach(async () => {
  stop.current = new AbortController();
  asked = [];
  mangle = () => {};
  outside = { answers: [{ type: 'A', name: 'www.example.com', ttl: 300, data: '192.0.2.80' }] };
  upstream = createSocket('udp4');
  upstream.on('message', (message, from) => {
    const query = decode(message);
    asked.push(query.questions?.[0]?.name ?? '');
    const response = encode({ ...outside, type: 'response', id: query.id, questions: query.questions });
    mangle(response);
    upstream.send(response, from.port, from.address);
  });
  await new Promise<void>(resolve => upstream.bind(0, '127.0.0.1', resolve));
  upstreams = [{ address: '127.0.0.1', port: upstream.address().port }];

  world = new ServiceWorld();
  world.put('namespaces', { metadata: { name: 'default' } });
  world.service('web', { clusterIP: '10.96.0.5' });
  world.service('docs', { type: 'ExternalName', externalName: 'www.example.com' });
  world.service('inner', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' });
  world.service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' });
  world.service('pets', { clusterIP: 'None' });
  world.endpoints(
    'pets',
    Array.from({ length: 120 }, (_, i) => ({ ip: `10.244.0.${i + 1}` })),
  );
  server = createDnsServer({
    informers: world.informers,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    listen: [{ address: '127.0.0.1', port: 0 }],
    serviceAddresses: ['10.96.0.10'],
    upstreams: () => upstreams,
  });
  running = Promise.all([world.informers.run(stop.current.signal), server.run(stop.current.signal)]);
  [at] = (await server.listening) as [ListenAddress];
  await world.informers.synced();
});

afterEach(async () => {
  stop.current.abort();
  await running;
  await new Promise<void>(resolve => upstream.close(resolve));
});

const question = (name: string, type: 'A' | 'AAAA' | 'TXT' | 'SRV' | 'AXFR' = 'A'): Packet => ({
  type: 'query',
  id: 4711,
  flags: 0x100,
  questions: [{ name, type }],
});

/** Sends bytes over UDP; undefined when nothing comes back. */
async function send(bytes: Buffer, waitMs = 3_000): Promise<DecodedPacket | undefined> {
  const socket = createSocket('udp4');
  try {
    return await new Promise<DecodedPacket | undefined>(resolve => {
      const timer = setTimeout(() => resolve(undefined), waitMs);
      socket.on('message', message => {
        clearTimeout(timer);
        resolve(decode(message));
      });
      socket.send(bytes, at.port, at.address);
    });
  } finally {
    socket.close();
  }
}
const udp = (name: string, type?: Parameters<typeof question>[1]) => send(encode(question(name, type)));

/** Sends messages over one TCP connection and gives as many answers, by id. */
function tcp(queries: readonly Packet[], pieces = false): Promise<Map<number, DecodedPacket>> {
  return new Promise((resolve, reject) => {
    const answers = new Map<number, DecodedPacket>();
    const socket = connect(at.port, at.address);
    let received = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('close', () => resolve(answers));
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0);
        const packet = decode(received.subarray(2, end));
        answers.set(packet.id ?? 0, packet);
        received = received.subarray(end);
      }
      if (answers.size === queries.length) socket.end();
    });
    const bytes = Buffer.concat(queries.map(query => streamEncode(query)));
    if (!pieces) return socket.write(bytes);
    const half = Math.floor(bytes.length / 2) + 1;
    socket.write(bytes.subarray(0, half));
    setTimeout(() => socket.write(bytes.subarray(half)), 20);
  });
}

test('names of the cluster are answered with authority', async () => {
  expect(await udp('web.default.svc.cluster.local')).toMatchObject({
    id: 4711,
    rcode: 'NOERROR',
    flag_aa: true,
    flag_ra: true,
    answers: [{ type: 'A', data: '10.96.0.5', ttl: 5 }],
  });
  expect(server.health()).toMatchObject({ healthy: true, message: '' });
});

test('what is not there says so, and for how long, and is not asked elsewhere', async () => {
  const absent = await udp('absent.default.svc.cluster.local');
  expect(absent).toMatchObject({ rcode: 'NXDOMAIN', answers: [], authorities: [{ type: 'SOA', ttl: 5 }] });
  const noType = await udp('web.default.svc.cluster.local', 'AAAA');
  expect(noType).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] });
  expect(asked).toEqual([]);
});

test('a change of a service is seen at once', async () => {
  world.service('new', { clusterIP: '10.96.0.77' });
  await world.taken();
  expect(await udp('new.default.svc.cluster.local')).toMatchObject({ answers: [{ data: '10.96.0.77' }] });
});

test('an answer too long for UDP comes whole over TCP, also in pieces and several at a time', async () => {
  const name = 'pets.default.svc.cluster.local';
  expect(await udp(name)).toMatchObject({ flag_tc: true });
  const answers = await tcp([question(name), { ...question('web.default.svc.cluster.local'), id: 2 }], true);
  expect(answers.get(4711)?.answers).toHaveLength(120);
  expect(answers.get(2)).toMatchObject({ answers: [{ data: '10.96.0.5' }] });
});

test('other names are forwarded, and asked once while the answer holds', async () => {
  expect(await udp('www.example.com')).toMatchObject({
    id: 4711,
    answers: [{ data: '192.0.2.80', ttl: 300 }],
  });
  expect(await udp('WWW.example.com')).toMatchObject({ questions: [{ name: 'WWW.example.com' }] });
  expect(asked).toEqual(['www.example.com']);
  const many = await Promise.all(Array.from({ length: 10 }, () => udp('other.example.com')));
  expect(many.every(answer => answer?.answers?.length === 1)).toBe(true);
  expect(asked).toHaveLength(2);
});

test('the next resolver is asked when the first has nothing to say', async () => {
  upstreams = [{ address: '127.0.0.1', port: 1 }, ...upstreams];
  expect(await udp('www.example.com')).toMatchObject({ answers: [{ data: '192.0.2.80' }] });
});

test('a resolver to which no route leads is one that has nothing to say', async () => {
  // The kernel lets nobody connect to the broadcast address, as to one without a route.
  const unreachable = { address: '255.255.255.255' };
  upstreams = [unreachable, ...upstreams];
  expect(await udp('www.example.com')).toMatchObject({ answers: [{ data: '192.0.2.80' }] });
  upstreams = [unreachable];
  expect(await udp('other.example.com')).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
});

test('without resolvers the answer is SERVFAIL', async () => {
  upstreams = [];
  expect(await udp('www.example.com')).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
  expect(asked).toEqual([]);
});

test('an alias brings what it points to, inside and outside, and one that points to itself ends', async () => {
  expect(await udp('docs.default.svc.cluster.local')).toMatchObject({
    answers: [
      { type: 'CNAME', data: 'www.example.com' },
      { type: 'A', data: '192.0.2.80' },
    ],
  });
  expect(await udp('inner.default.svc.cluster.local')).toMatchObject({
    answers: [
      { type: 'CNAME', name: 'inner.default.svc.cluster.local' },
      { type: 'A', name: 'web.default.svc.cluster.local', data: '10.96.0.5' },
    ],
  });
  expect(await udp('loop.default.svc.cluster.local')).toMatchObject({ rcode: 'SERVFAIL' });
});

test('an alias whose target has a name that cannot be written is SERVFAIL', async () => {
  outside = { answers: [{ type: 'A', name: 'x.example.org', ttl: 300, data: '192.0.2.80' }] };
  // A label may hold any byte, a dot too: read as text, the name then has labels without a byte.
  mangle = response => {
    response[response.indexOf('\x01x\x07example') + 1] = '.'.charCodeAt(0);
  };
  expect(await udp('docs.default.svc.cluster.local')).toMatchObject({ rcode: 'SERVFAIL' });
});

test('zone transfers are refused', async () => {
  expect(await udp('cluster.local', 'AXFR')).toMatchObject({ rcode: 'REFUSED' });
});

test('malformed packets get an error or silence, and the server lives on', async () => {
  expect(await send(Buffer.from([1, 2, 3]), 100)).toBeUndefined();
  const cut = encode(question('web.default.svc.cluster.local')).subarray(0, 20);
  expect(await send(cut)).toMatchObject({ id: 4711, rcode: 'FORMERR' });
  const random = seededRandom(7);
  const socket = createSocket('udp4');
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(
      Array.from({ length: 1 + Math.floor(random.next() * 60) }, () => random.next() * 256),
    );
    socket.send(bytes, at.port, at.address);
    // A burst would overflow the socket's buffer, and prove nothing.
    if (i % 10 === 0) await new Promise(resolve => setTimeout(resolve, 2));
  }
  socket.close();
  const garbage = connect(at.port, at.address);
  garbage.write(Buffer.from([0xff, 0xff, ...Array.from({ length: 500 }, (_, i) => i & 255)]));
  garbage.on('error', () => {});
  expect(await udp('web.default.svc.cluster.local')).toMatchObject({ answers: [{ data: '10.96.0.5' }] });
  garbage.destroy();
});

test('one client cannot hold more than its share of connections', async () => {
  const sockets = Array.from({ length: 40 }, () => connect(at.port, at.address));
  for (const socket of sockets) socket.on('error', () => {});
  await Promise.all(sockets.slice(32).map(socket => new Promise(resolve => socket.once('close', resolve))));
  expect(server.health().tcpConnections).toBe(32);
  for (const socket of sockets) socket.destroy();
});

test('an address that is taken is told in one line', async () => {
  const second = createDnsServer({
    informers: world.informers,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    listen: [at],
    serviceAddresses: [],
    upstreams: () => [],
  });
  await expect(second.run(stop.current.signal)).rejects.toThrow(/EADDRINUSE/);
  await expect(second.listening).rejects.toThrow(/EADDRINUSE/);
  expect(second.health().healthy).toBe(false);
});
