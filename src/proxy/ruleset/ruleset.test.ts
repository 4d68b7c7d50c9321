import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NftModel, type Outcome } from '../../testing/nft-model.ts';
import type { Endpoint } from '../endpoints.ts';
import type { Pool, ServicePort } from '../service-port.ts';
import { DesiredTable } from './desired.ts';
import { renderChanges, renderTable } from './render.ts';
import { serviceItems } from './service-items.ts';
import type { TableLayout } from './skeleton.ts';

const layout: TableLayout = {
  family: 'ip',
  table: 'peapod',
  clusterCIDR: '10.244.0.0/16',
  serviceCIDR: '10.96.0.0/12',
  masqueradeMark: 0x4000,
  masqueradeWithin: undefined,
};
const NODE = '192.0.2.2';
const host = { localAddresses: [NODE, '127.0.0.1', '10.244.0.1'] };
const POD = '10.244.0.77';
const OUTSIDE = '198.51.100.7';

const pool = (endpoints: readonly Endpoint[], whenEmpty: Pool['whenEmpty'] = 'reject'): Pool => ({
  endpoints,
  whenEmpty,
});
const endpoint = (n: number, local = true): Endpoint => ({
  ip: `10.244.0.${n}`,
  port: 8080,
  local,
  ready: true,
});
const port = (overrides: Partial<ServicePort> = {}): ServicePort => ({
  id: 'default/web:http',
  family: 'ip',
  protocol: 'tcp',
  clusterIP: '10.96.0.5',
  port: 80,
  nodePort: undefined,
  externalIPs: [],
  loadBalancerIPs: [],
  sourceRanges: [],
  affinitySeconds: undefined,
  internal: pool([]),
  external: pool([]),
  externalLocal: undefined,
  ...overrides,
});
const served = (endpoints: readonly Endpoint[], overrides: Partial<ServicePort> = {}) =>
  port({ internal: pool(endpoints), external: pool(endpoints), ...overrides });

const modelOf = (...ports: readonly ServicePort[]) => {
  const model = new NftModel();
  model.apply(renderTable(layout, tableOf(ports).items()));
  return model;
};
function tableOf(ports: readonly ServicePort[]): DesiredTable {
  const table = new DesiredTable();
  for (const one of ports) table.claim(one.id, serviceItems(one, layout));
  return table;
}
const to = (
  destination: string,
  destinationPort: number,
  source = POD,
  protocol: ServicePort['protocol'] = 'tcp',
) => ({ source, destination, port: destinationPort, protocol }) as const;
/** The chances of each target, and whether all of them are masqueraded, or none, or some. */
function summary(outcomes: readonly Outcome[]) {
  const chances: Record<string, number> = {};
  for (const { target, probability } of outcomes) chances[target] = (chances[target] ?? 0) + probability;
  const masqueraded = outcomes.filter(outcome => outcome.masquerade).length;
  return {
    chances: Object.fromEntries(Object.entries(chances).map(([k, v]) => [k, Math.round(v * 1e6) / 1e6])),
    masquerade: masqueraded === 0 ? false : masqueraded === outcomes.length ? true : 'mixed',
  };
}

test('a whole table reads as in its golden file', async () => {
  const two = [endpoint(2), endpoint(3, false)];
  const ports = [
    served(two, { nodePort: 30080 }),
    served([endpoint(4)], {
      id: 'default/sticky',
      clusterIP: '10.96.0.6',
      affinitySeconds: 10_800,
    }),
    served(two, {
      id: 'default/edge:https',
      clusterIP: '10.96.0.7',
      port: 443,
      nodePort: 30443,
      externalIPs: ['203.0.113.1'],
      loadBalancerIPs: ['203.0.113.9'],
      sourceRanges: ['198.51.100.0/24'],
      externalLocal: pool([endpoint(2)]),
    }),
    port({ id: 'default/nobody', clusterIP: '10.96.0.8', protocol: 'udp', port: 53, nodePort: 30053 }),
  ];
  await expect(renderTable(layout, tableOf(ports).items())).toMatchFileSnapshot('golden/whole-table.nft');
});

test('the IPv6 table reads as in its golden file', async () => {
  const v6: TableLayout = {
    ...layout,
    family: 'ip6',
    clusterCIDR: 'fd00:244::/56',
    serviceCIDR: 'fd00:96::/112',
  };
  const table = new DesiredTable();
  const one = { ip: 'fd00:244::2', port: 8080, local: true, ready: true };
  const base = { family: 'ip6', clusterIP: 'fd00:96::5', nodePort: 30080 } as const;
  table.claim('a', serviceItems(served([one], base), v6));
  const sticky = {
    ...base,
    id: 'default/sticky',
    clusterIP: 'fd00:96::6',
    nodePort: 30081,
    affinitySeconds: 60,
  };
  table.claim('b', serviceItems(served([one], sticky), v6));
  await expect(renderTable(v6, table.items())).toMatchFileSnapshot('golden/whole-table-ipv6.nft');
});

test('an update names only what differs', async () => {
  const table = tableOf([
    served([endpoint(2), endpoint(3)]),
    served([endpoint(9)], { id: 'other', clusterIP: '10.96.0.9' }),
  ]);
  table.appliedWhole();
  table.claim('default/web:http', serviceItems(served([endpoint(3), endpoint(4)]), layout));
  await expect(renderChanges(layout, table.changes())).toMatchFileSnapshot('golden/swap-one-endpoint.nft');
  table.applied();
  expect(renderChanges(layout, table.changes())).toBe('');
});

test('clients outside of the cluster are masqueraded on their way to a cluster IP, pods are not', () => {
  const model = modelOf(served([endpoint(2)]));
  expect(summary(model.route(to('10.96.0.5', 80, POD), host)).masquerade).toBe(false);
  expect(summary(model.route(to('10.96.0.5', 80, OUTSIDE), host)).masquerade).toBe(true);
});

test('a service without endpoints refuses, and so does an unused port of a cluster IP', () => {
  const model = modelOf(
    port({ nodePort: 30080 }),
    served([endpoint(2)], { id: 'b', clusterIP: '10.96.0.6' }),
  );
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({ reject: 1 });
  expect(summary(model.route(to(NODE, 30080, OUTSIDE), host)).chances).toEqual({ reject: 1 });
  expect(summary(model.route(to('10.96.0.6', 81), host)).chances).toEqual({ reject: 1 });
  expect(summary(model.route(to(NODE, 6443, OUTSIDE), host)).chances).toEqual({ pass: 1 });
});

test('a node port answers on every address of the node and on no other', () => {
  const model = modelOf(served([endpoint(2), endpoint(3)], { nodePort: 30080 }));
  for (const address of host.localAddresses) {
    expect(summary(model.route(to(address, 30080, OUTSIDE), host))).toEqual({
      chances: { '10.244.0.2:8080': 0.5, '10.244.0.3:8080': 0.5 },
      masquerade: true,
    });
  }
  expect(summary(model.route(to('198.51.100.1', 30080), host)).chances).toEqual({ pass: 1 });
  expect(summary(model.route(to(NODE, 30080, OUTSIDE, 'udp'), host)).chances).toEqual({ pass: 1 });
});

test('externalTrafficPolicy Local keeps the client address outside, and gives clients inside all endpoints', () => {
  const all = [endpoint(2), endpoint(3, false)];
  const model = modelOf(
    served(all, { nodePort: 30080, externalIPs: ['203.0.113.1'], externalLocal: pool([endpoint(2)]) }),
  );
  for (const [address, at] of [
    [NODE, 30080],
    ['203.0.113.1', 80],
  ] as const) {
    expect(summary(model.route(to(address, at, OUTSIDE), host))).toEqual({
      chances: { '10.244.0.2:8080': 1 },
      masquerade: false,
    });
    for (const inside of [POD, NODE]) {
      expect(summary(model.route(to(address, at, inside), host)).chances).toEqual({
        '10.244.0.2:8080': 0.5,
        '10.244.0.3:8080': 0.5,
      });
    }
  }
});

test('policies Local without endpoints here are silent outside and still serve clients inside', () => {
  const elsewhere = [endpoint(3, false)];
  const model = modelOf(
    served(elsewhere, { nodePort: 30080, externalLocal: pool([], 'drop'), internal: pool([], 'drop') }),
  );
  expect(summary(model.route(to(NODE, 30080, OUTSIDE), host)).chances).toEqual({ drop: 1 });
  expect(summary(model.route(to(NODE, 30080, NODE), host)).chances).toEqual({ '10.244.0.3:8080': 1 });
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({ drop: 1 });
});

test('source ranges guard the balancer address and nothing else', () => {
  const model = modelOf(
    served([endpoint(2)], {
      nodePort: 30080,
      externalIPs: ['203.0.113.1'],
      loadBalancerIPs: ['203.0.113.9'],
      sourceRanges: ['198.51.100.0/24'],
    }),
  );
  const from = (source: string) => summary(model.route(to('203.0.113.9', 80, source), host)).chances;
  expect(from('198.51.100.200')).toEqual({ '10.244.0.2:8080': 1 });
  expect(from('198.51.101.1')).toEqual({ drop: 1 });
  expect(summary(model.route(to('203.0.113.1', 80, '198.51.101.1'), host)).chances).toEqual({
    '10.244.0.2:8080': 1,
  });
});

test('a client with affinity goes where it went, and by chance when its endpoint is gone', () => {
  const sticky = served([endpoint(2), endpoint(3)], { affinitySeconds: 600, nodePort: 30080 });
  const model = modelOf(sticky);
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({
    '10.244.0.2:8080': 0.5,
    '10.244.0.3:8080': 0.5,
  });
  const clients = [...model.containers.keys()].find(
    name => name.startsWith('clients-') && name.includes('10.244.0.3'),
  );
  model.containers.get(clients ?? '')?.elements.set(POD, '');
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({ '10.244.0.3:8080': 1 });
  expect(summary(model.route(to(NODE, 30080), host)).chances).toEqual({ '10.244.0.3:8080': 1 });

  const table = tableOf([sticky]);
  table.appliedWhole();
  table.claim(
    sticky.id,
    serviceItems(served([endpoint(2)], { affinitySeconds: 600, nodePort: 30080 }), layout),
  );
  model.apply(renderChanges(layout, table.changes()));
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({ '10.244.0.2:8080': 1 });
});

test('of two services with one external address the first by name has it until it lets go', () => {
  const a = served([endpoint(2)], { id: 'a', externalIPs: ['203.0.113.1'] });
  const b = served([endpoint(3)], { id: 'b', clusterIP: '10.96.0.6', externalIPs: ['203.0.113.1'] });
  const table = tableOf([b, a]);
  const model = new NftModel();
  model.apply(renderTable(layout, table.items()));
  table.appliedWhole();
  expect(summary(model.route(to('203.0.113.1', 80), host)).chances).toEqual({ '10.244.0.2:8080': 1 });
  table.claim('a', []);
  model.apply(renderChanges(layout, table.changes()));
  expect(summary(model.route(to('203.0.113.1', 80), host)).chances).toEqual({ '10.244.0.3:8080': 1 });
});

test('a packet that has the rules of before an update still finds an endpoint', () => {
  const model = modelOf(served([endpoint(2), endpoint(3)]));
  model.containers.get('endpoints-1')?.elements.delete('10.96.0.5 . tcp . 80');
  expect(summary(model.route(to('10.96.0.5', 80), host)).chances).toEqual({ '10.244.0.2:8080': 1 });
});

/** Services whose addresses do not meet: number n has 10.96.0.n and node port 30000 + n. */
const anyService = (n: number) =>
  fc
    .record({
      endpoints: fc.uniqueArray(fc.integer({ min: 2, max: 30 }), { maxLength: 6 }),
      nodePort: fc.boolean(),
      affinity: fc.boolean(),
      external: fc.boolean(),
      local: fc.boolean(),
      ranges: fc.boolean(),
      protocol: fc.constantFrom('tcp', 'udp', 'sctp') as fc.Arbitrary<ServicePort['protocol']>,
    })
    .map(choice => {
      const endpoints = choice.endpoints.map(i => endpoint(i, i % 2 === 0));
      const here = endpoints.filter(({ local }) => local);
      return served(endpoints, {
        id: `ns/svc-${n}`,
        clusterIP: `10.96.0.${n}`,
        protocol: choice.protocol,
        nodePort: choice.nodePort ? 30_000 + n : undefined,
        affinitySeconds: choice.affinity ? 60 : undefined,
        loadBalancerIPs: choice.external ? [`203.0.113.${n}`] : [],
        sourceRanges: choice.ranges ? ['198.51.100.0/24'] : [],
        externalLocal: choice.local ? pool(here, endpoints.length > 0 ? 'drop' : 'reject') : undefined,
      });
    });

test('every ready endpoint is reached with the same chance, whatever the updates that led there', () => {
  const history = fc.array(
    fc.integer({ min: 1, max: 4 }).chain(n => fc.tuple(fc.constant(n), fc.option(anyService(n)))),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(history, steps => {
      const table = new DesiredTable();
      const model = new NftModel();
      model.apply(renderTable(layout, []));
      const current = new Map<number, ServicePort>();
      for (const [n, service] of steps) {
        table.claim(`ns/svc-${n}`, service ? serviceItems(service, layout) : []);
        if (service) current.set(n, service);
        else current.delete(n);
        model.apply(renderChanges(layout, table.changes()));
        table.applied();
        const whole = new NftModel();
        whole.apply(renderTable(layout, table.items()));
        expect(model.dump()).toBe(whole.dump());
      }
      for (const [n, service] of current) {
        const even = (endpoints: readonly Endpoint[], empty: string) =>
          endpoints.length === 0
            ? { [empty]: 1 }
            : Object.fromEntries(
                endpoints.map(e => [`${e.ip}:${e.port}`, Math.round(1e6 / endpoints.length) / 1e6]),
              );
        const chances = (destination: string, at: number, source: string) =>
          summary(model.route(to(destination, at, source, service.protocol), host)).chances;
        const all = even(service.internal.endpoints, 'reject');
        const outside = service.externalLocal
          ? even(service.externalLocal.endpoints, service.externalLocal.whenEmpty)
          : all;
        expect(chances(service.clusterIP, 80, POD)).toEqual(all);
        if (service.nodePort) {
          expect(chances(NODE, service.nodePort, OUTSIDE)).toEqual(outside);
          expect(chances('127.0.0.1', service.nodePort, '127.0.0.1')).toEqual(all);
        }
        if (service.loadBalancerIPs[0]) {
          expect(chances(service.loadBalancerIPs[0], 80, OUTSIDE)).toEqual(outside);
        }
        expect(n).toBeGreaterThan(0);
      }
    }),
    { numRuns: 200 },
  );
});
