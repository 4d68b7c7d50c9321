import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const NODE_PORT = 'spec.ports[0].nodePort';

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

type Spec = Readonly<Record<string, unknown>>;
const body = (name: string, spec: Spec) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { ports: [{ port: 80 }], ...spec },
});
async function create(name: string, spec: Spec, query = '') {
  return await call(cluster.server, 'POST', `${SERVICES}${query}`, { body: body(name, spec) });
}
async function patch(name: string, spec: Spec, subresource = '', part = 'spec') {
  return await call(cluster.server, 'PATCH', `${SERVICES}/${name}${subresource}`, {
    headers: MERGE,
    body: { [part]: spec },
  });
}
const ports = (answer: { json: { spec?: Spec } }) =>
  ((answer.json.spec?.['ports'] ?? []) as { nodePort?: number }[]).map(p => p.nodePort);
const why = (answer: { json: { message?: string } }) => answer.json.message ?? '';

test('a new Service shares a node port among ports of one number, and no others', async () => {
  const shared = await create('shared', {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 53, protocol: 'UDP' },
      { name: 'b', port: 53, nodePort: 30_053 },
      { name: 'c', port: 53, protocol: 'SCTP', nodePort: 30_054 },
    ],
  });
  expect(ports(shared)).toEqual([30_053, 30_053, 30_054]);
  const crossed = await create('crossed', {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 53, nodePort: 30_153 },
      { name: 'b', port: 54, protocol: 'UDP', nodePort: 30_153 },
    ],
  });
  expect(why(crossed)).toBe(
    'Service "crossed" is invalid: spec.ports[1].nodePort: Invalid value: 30153: provided port is already allocated',
  );
});

test('an existing one may use its node port for another protocol', async () => {
  const made = await create('grown', {
    type: 'NodePort',
    ports: [{ name: 'a', port: 80, nodePort: 30_180 }],
  });
  expect(made.status).toBe(201);
  const grown = await patch('grown', {
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 81, protocol: 'UDP', nodePort: 30_181 },
      { name: 'c', port: 82, protocol: 'SCTP', nodePort: 30_181 },
    ],
  });
  expect(ports(grown)).toEqual([30_180, 30_181, 30_181]);
});

test.each([
  [{ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, NODE_PORT, 80],
  [{ type: 'LoadBalancer', ports: [{ port: 80, nodePort: 32_768 }] }, NODE_PORT, 32_768],
  [
    { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80, nodePort: 99 }] },
    NODE_PORT,
    99,
  ],
  [
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 99 },
    'spec.healthCheckNodePort',
    99,
  ],
])('a port outside the range is refused: %j', async (spec, field, port) => {
  expect(why(await create('outside', spec))).toBe(
    `Service "outside" is invalid: ${field}: Invalid value: ${port}: provided port is not in the valid range. The range of valid ports is 30000-32767`,
  );
});

test('addresses outside the range are told of in upstream’s two ways', async () => {
  const outside =
    'Service "outside" is invalid: spec.clusterIPs: Invalid value: ["10.1.2.3"]: failed to allocate IP 10.1.2.3: ';
  expect(why(await create('outside', { clusterIP: '10.1.2.3' }))).toBe(
    `${outside}the provided network does not match the current range`,
  );
  expect(why(await create('outside', { clusterIP: '10.1.2.3' }, '?dryRun=All'))).toBe(
    `${outside}the provided IP (10.1.2.3) is not in the valid range. The range of valid IPs is 10.96.0.0/12`,
  );
});

test('a load balancer without node ports keeps those it had, and is given none', async () => {
  const made = await create('lb', { type: 'LoadBalancer' });
  const [given] = ports(made);
  expect(given).toBeGreaterThanOrEqual(30_000);
  const kept = await patch('lb', { allocateLoadBalancerNodePorts: false });
  expect(ports(kept)).toEqual([given]);
  const none = await create('lb-none', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
  expect(ports(none)).toEqual([undefined]);
});

test('leaving NodePort takes the node ports along, also where ports were taken away', async () => {
  await create('leaving', {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80 },
      { name: 'b', port: 81 },
    ],
  });
  const left = await patch('leaving', { type: 'ClusterIP', ports: [{ name: 'a', port: 80 }] });
  expect(left.status).toBe(200);
  expect(ports(left)).toEqual([undefined]);
});

test('the health check port stays', async () => {
  await create('local', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31_111,
  });
  expect(why(await patch('local', { healthCheckNodePort: 31_112 }))).toBe(
    'Service "local" is invalid: spec.healthCheckNodePort: Forbidden: field is immutable',
  );
  const other = await create('local2', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31_111,
  });
  expect(why(other)).toContain(
    'spec.healthCheckNodePort: Invalid value: 31111: provided port is already allocated',
  );
});

test('the status of a load balancer goes with its type, and odd addresses in it are warned of', async () => {
  await create('balanced', { type: 'LoadBalancer' });
  const told = await patch(
    'balanced',
    { loadBalancer: { ingress: [{ ip: '2001:DB8::1' }] } },
    '/status',
    'status',
  );
  expect(told.warnings.join()).toContain(
    'status.loadBalancer.ingress[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format',
  );
  expect(told.json.status).toMatchObject({
    loadBalancer: { ingress: [{ ip: '2001:DB8::1', ipMode: 'VIP' }] },
  });
  expect((await patch('balanced', { type: 'ClusterIP' })).json.status).toEqual({ loadBalancer: {} });
});

test('an address may be neither changed nor, by a PUT that leaves it out, lost', async () => {
  const made = await create('fixed', { ipFamilyPolicy: 'PreferDualStack' });
  const { clusterIP, clusterIPs } = made.json.spec as { clusterIP: string; clusterIPs: string[] };
  const put = (spec: Spec) => call(cluster.server, 'PUT', `${SERVICES}/fixed`, { body: body('fixed', spec) });
  expect((await put({ selector: { a: 'b' } })).json.spec).toMatchObject({
    clusterIP,
    clusterIPs,
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'PreferDualStack',
  });
  // Even one that could not be had: it is the change that is refused.
  expect(why(await put({ clusterIP: '10.1.2.3' }))).toBe(
    'Service "fixed" is invalid: spec.clusterIPs[0]: Invalid value: ["10.1.2.3"]: may not change once set',
  );
});

test('a name that becomes a Service is given an address, and the other way round loses it', async () => {
  await create('name', { type: 'ExternalName', externalName: 'x.example.com' });
  const made = await patch('name', { type: 'ClusterIP', externalName: null });
  expect(made.json.spec?.['clusterIP']).toMatch(/^10\./);
  const named = await patch('name', { type: 'ExternalName', externalName: 'y.example.com' });
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    expect(named.json.spec).not.toHaveProperty(field);
});

test('a dry run asks for no range of ports, and holds nothing', async () => {
  const dry = await create('dry', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, '?dryRun=All');
  expect(ports(dry)).toEqual([80]);
  const asked = { type: 'NodePort', ports: [{ port: 80, nodePort: 30_222 }] };
  expect((await create('dry', asked, '?dryRun=All')).status).toBe(201);
  expect((await create('real', asked)).status).toBe(201);
  expect(why(await create('dry', asked, '?dryRun=All'))).toContain('provided port is already allocated');
});
