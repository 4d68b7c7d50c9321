import { decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Query, readQuery, tcpLimit, udpLimit, writeResponse } from './message.ts';
import { aged, cacheableSeconds } from './message-ttl.ts';
import type { DnsRecord } from './record.ts';
import { parseNameservers } from './resolv-conf.ts';
import { addressOfPodLabel, addressOfReverseName, canonicalAddress } from './reverse-name.ts';

function queryFor(name: string, extra: Partial<Packet> = {}): Query {
  const query = readQuery(encode({ type: 'query', id: 4711, questions: [{ name, type: 'A' }], ...extra }));
  if (!query || !('question' in query)) throw new Error('not a query');
  return query;
}
const edns = (udpPayloadSize: number): Partial<Packet> => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});
const addresses = (name: string, count: number): readonly DnsRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    name,
    ttl: 5,
    type: 'A' as const,
    address: `10.244.${i >> 8}.${i & 255}`,
  }));
const noError = { rcode: 'NOERROR', authoritative: true } as const;

test('every kind of record is read by others as it was written', () => {
  const name = 'web.default.svc.cluster.local';
  const answers: readonly DnsRecord[] = [
    { name, ttl: 5, type: 'A', address: '10.96.0.5' },
    { name, ttl: 5, type: 'AAAA', address: 'fd00:96::5' },
    { name, ttl: 5, type: 'AAAA', address: '::1' },
    { name, ttl: 5, type: 'CNAME', target: 'www.example.com' },
    { name, ttl: 5, type: 'PTR', target: 'x.default.svc.cluster.local' },
    { name, ttl: 5, type: 'NS', target: 'ns.dns.cluster.local' },
    { name, ttl: 5, type: 'SRV', priority: 0, weight: 100, port: 80, target: name },
    { name, ttl: 5, type: 'TXT', text: '1.1.0' },
    {
      name: 'cluster.local',
      ttl: 5,
      type: 'SOA',
      mname: 'ns.dns.cluster.local',
      rname: 'hostmaster.cluster.local',
      serial: 4_000_000_000,
      refresh: 7200,
      retry: 1800,
      expire: 86400,
      minimum: 5,
    },
  ];
  const packet = decode(writeResponse(queryFor(name), { ...noError, answers }, tcpLimit));
  expect(packet).toMatchObject({
    id: 4711,
    type: 'response',
    flag_aa: true,
    flag_ra: true,
    rcode: 'NOERROR',
  });
  expect(packet.questions).toMatchObject([{ name, type: 'A' }]);
  const data = (packet.answers ?? []).map(answer => ('data' in answer ? answer.data : undefined));
  expect(data.slice(0, 7)).toEqual([
    '10.96.0.5',
    'fd00:96::5',
    '::1',
    'www.example.com',
    'x.default.svc.cluster.local',
    'ns.dns.cluster.local',
    { priority: 0, weight: 100, port: 80, target: name },
  ]);
  expect(String((data[7] as Buffer[])[0])).toBe('1.1.0');
  expect(data[8]).toMatchObject({ mname: 'ns.dns.cluster.local', serial: 4_000_000_000, minimum: 5 });
});

test('a name that repeats costs two bytes, so 20 addresses fit into 512', () => {
  const name = 'a-rather-long-service-name.a-rather-long-namespace.svc.cluster.local';
  const bytes = writeResponse(queryFor(name), { ...noError, answers: addresses(name, 20) }, 512);
  expect(bytes.length).toBeLessThanOrEqual(512);
  expect(decode(bytes)).toMatchObject({ flag_tc: false, answers: { length: 20 } });
});

test('what does not fit is cut off and said to be, with room for EDNS', () => {
  const name = 'many.default.svc.cluster.local';
  const answers = addresses(name, 500);
  const plain = queryFor(name);
  const small = writeResponse(plain, { ...noError, answers }, udpLimit(plain));
  expect(small.length).toBeLessThanOrEqual(512);
  expect(decode(small).flag_tc).toBe(true);
  const large = queryFor(name, edns(4096));
  const bytes = writeResponse(large, { ...noError, answers }, udpLimit(large));
  expect(bytes.length).toBeLessThanOrEqual(1232);
  expect(bytes.length).toBeGreaterThan(1200);
  expect(decode(bytes)).toMatchObject({
    flag_tc: true,
    additionals: [{ type: 'OPT', udpPayloadSize: 1232 }],
  });
  expect(decode(writeResponse(large, { ...noError, answers }, tcpLimit))).toMatchObject({
    flag_tc: false,
    answers: { length: 500 },
  });
});

test('additional records are left out without a word where there is no room', () => {
  const name = 'x.cluster.local';
  const bytes = writeResponse(
    queryFor(name),
    { ...noError, answers: addresses(name, 10), additionals: addresses('y.cluster.local', 100) },
    512,
  );
  expect(decode(bytes)).toMatchObject({ flag_tc: false, answers: { length: 10 } });
});

test('the question comes back to the letter', () => {
  const bytes = writeResponse(
    queryFor('WeB.DeFaUlT'),
    { ...noError, answers: addresses('WeB.DeFaUlT', 1) },
    512,
  );
  expect(decode(bytes).questions).toMatchObject([{ name: 'WeB.DeFaUlT' }]);
});

test('responses get no answer, other operations and broken questions get an error', () => {
  expect(
    readQuery(encode({ type: 'response', id: 1, questions: [{ name: 'a', type: 'A' }] })),
  ).toBeUndefined();
  expect(readQuery(Buffer.alloc(11))).toBeUndefined();
  const update = encode({ type: 'query', id: 1, flags: 5 << 11, questions: [{ name: 'a', type: 'SOA' }] });
  expect(readQuery(update)).toMatchObject({ id: 1, rcode: 'NOTIMP' });
  expect(readQuery(encode({ type: 'query', id: 2, questions: [] }))).toMatchObject({
    id: 2,
    rcode: 'FORMERR',
  });
  const whole = encode({ type: 'query', id: 3, questions: [{ name: 'abc', type: 'A' }] });
  expect(readQuery(whole.subarray(0, 15))).toMatchObject({ id: 3, rcode: 'FORMERR' });
});

test('a newer EDNS is answered with the version that is known', () => {
  const query = { ...queryFor('a', edns(1232)), edns: { payloadBytes: 1232, dnssecOk: false, version: 1 } };
  expect(decode(writeResponse(query, noError, 512)).additionals).toMatchObject([
    { type: 'OPT', extendedRcode: 1 },
  ]);
});

test('no bytes break the reader, and what it reads can be answered', () => {
  const valid = encode({
    type: 'query',
    id: 9,
    questions: [{ name: 'web.default.svc.cluster.local', type: 'A' }],
    ...edns(1232),
  });
  const mutated = fc
    .array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    })
    .map(changes => {
      const copy = Buffer.from(valid);
      for (const [at, value] of changes) copy[at] = value;
      return copy;
    });
  const noise = fc.uint8Array({ maxLength: 80 }).map(bytes => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, noise), bytes => {
      const query = readQuery(bytes);
      if (query && 'question' in query) {
        const response = writeResponse(query, { ...noError, answers: addresses('x', 3) }, 512);
        expect(response.readUInt16BE(0)).toBe(bytes.readUInt16BE(0));
        decode(response);
      }
      cacheableSeconds(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test('a message may be kept as long as its shortest record, a negative one as long as its zone allows', () => {
  const answer = (ttl: number) => ({ type: 'A', name: 'a', ttl, data: '192.0.2.1' }) as const;
  const soa = { type: 'SOA', name: 'b', ttl: 600, data: { mname: 'm', rname: 'r', minimum: 20 } } as const;
  const packet = (rest: Partial<Packet>) =>
    encode({ type: 'response', id: 1, questions: [{ name: 'a', type: 'A' }], ...rest });
  expect(cacheableSeconds(packet({ answers: [answer(60), answer(9)] }))).toBe(9);
  expect(cacheableSeconds(packet({ flags: 3, authorities: [soa] }))).toBe(20);
  expect(cacheableSeconds(packet({ authorities: [soa] }))).toBe(20);
  expect(cacheableSeconds(packet({ flags: 3 }))).toBe(0);
  expect(cacheableSeconds(packet({ flags: 2, answers: [answer(60)] }))).toBe(0);
  expect(cacheableSeconds(packet({ flags: 0x200, answers: [answer(60)] }))).toBe(0);
  const old = aged(packet({ answers: [answer(60)] }), 25, 77, queryFor('A').questionBytes);
  expect(decode(old)).toMatchObject({ id: 77, questions: [{ name: 'A' }], answers: [{ ttl: 35 }] });
});

test('addresses in names are read strictly', () => {
  expect(addressOfReverseName(['5', '0', '96', '10', 'in-addr', 'arpa'])).toBe('10.96.0.5');
  expect(addressOfReverseName(['05', '0', '96', '10', 'in-addr', 'arpa'])).toBeUndefined();
  expect(addressOfPodLabel('10-0-0-1')).toBe('10.0.0.1');
  expect(addressOfPodLabel('fe80--1')).toBe('fe80::1');
  expect(addressOfPodLabel('10-0-0')).toBeUndefined();
  expect(canonicalAddress('FD00:0:0::1')).toBe('fd00::1');
  expect(canonicalAddress('fe80::1%eth0')).toBeUndefined();
});

test('resolv.conf gives its first three nameservers that are addresses', () => {
  const text =
    '# comment\nsearch example.com\nnameserver 192.0.2.1\n  nameserver\tfd00::1\nnameserver bad\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n';
  expect(parseNameservers(text)).toEqual(['192.0.2.1', 'fd00::1', '192.0.2.3']);
});
