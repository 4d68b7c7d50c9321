import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { podLocation, serviceLocation } from './location.ts';
import { nodeLocation } from './node-location.ts';

const TLS = { ca: 'ca', certificate: 'crt', key: 'key' };
const container = (ports: object[]) => ({ name: `c${ports.length}`, image: 'x', ports });

async function put(cluster: InProcessCluster, path: string, object: object, status?: object): Promise<void> {
  const { name } = (object as { metadata: { name: string } }).metadata;
  const made = await call(cluster.server, 'POST', path, { body: object });
  expect(made.status, made.text).toBe(201);
  if (!status) return;
  const body = { ...object, status };
  const patched = await call(cluster.server, 'PATCH', `${path}/${name}/status`, {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(patched.status, patched.text).toBe(200);
}

async function putPod(cluster: InProcessCluster, name: string, ip: string, ports: object[] = []) {
  const metadata = { name };
  const spec = {
    automountServiceAccountToken: false,
    containers: [container([]), container(ports)].slice(ports.length ? 0 : 1),
  };
  await put(
    cluster,
    '/api/v1/namespaces/default/pods',
    { metadata, spec },
    ip ? { podIP: ip, podIPs: [{ ip }] } : undefined,
  );
}

async function start(): Promise<InProcessCluster> {
  const cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
  });
  return cluster;
}

const refusal = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

test('a pod is reached at the port asked for, its first one, or the usual one of the scheme', async () => {
  await using cluster = await start();
  const { core } = cluster.server;
  await putPod(cluster, 'a', '10.1.0.1', [{ containerPort: 8080 }, { name: 'web', containerPort: 9090 }]);
  await putPod(cluster, 'bare', 'fd00::1');
  const at = (name: string) => podLocation(core, 'default', name);
  expect(at('a')).toEqual({ scheme: 'http', host: '10.1.0.1', port: 8080 });
  expect(at('a:1234').port).toBe(1234);
  expect(at('a:web').port).toBe(9090);
  expect(at('https:a:')).toMatchObject({ scheme: 'https', port: 8080 });
  expect(at('bare')).toEqual({ scheme: 'http', host: 'fd00::1', port: 80 });
  expect(at('https:bare:').port).toBe(443);
  expect(refusal(() => at('a:none'))).toMatchObject({ code: 400 });
  expect(refusal(() => at('a:70000'))).toMatchObject({ code: 400 });
  expect(refusal(() => at('ftp:a:1'))).toMatchObject({ code: 400, message: 'invalid pod request "ftp:a:1"' });
  expect(refusal(() => at('a:b:c:d'))).toMatchObject({ code: 400, message: 'invalid pod request "a:b:c:d"' });
});

test.each(['', '127.0.0.1', '169.254.1.1', '0.0.0.0', '224.0.0.5', '::1', 'fe80::1'])(
  'a pod with the address %o is not reached',
  async ip => {
    await using cluster = await start();
    await putPod(cluster, 'a', ip);
    expect(refusal(() => podLocation(cluster.server.core, 'default', 'a'))).toMatchObject({
      code: 400,
      message: 'address not allowed',
    });
  },
);

const endpoints = (addresses: object[], notReadyAddresses: object[] = []) => ({
  metadata: { name: 's' },
  subsets: [
    {
      addresses,
      notReadyAddresses,
      ports: [
        { name: 'web', port: 9090 },
        { name: 'tls', port: 9443 },
      ],
    },
  ],
});
const target = (name: string) => ({ kind: 'Pod', namespace: 'default', name });

async function putService(cluster: InProcessCluster): Promise<void> {
  const ports = [
    { name: 'web', port: 80 },
    { name: 'tls', port: 443 },
  ];
  await put(cluster, '/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec: { ports } });
}

test('a Service is reached at a random ready endpoint, by the name or number of its port', async () => {
  await using cluster = await start();
  await putService(cluster);
  for (const n of [1, 2, 3, 4]) await putPod(cluster, `p${n}`, `10.1.0.${n}`);
  const addresses = [1, 2, 3].map(n => ({ ip: `10.1.0.${n}`, targetRef: target(`p${n}`) }));
  await put(
    cluster,
    '/api/v1/namespaces/default/endpoints',
    endpoints(addresses, [{ ip: '10.1.0.4', targetRef: target('p4') }]),
  );
  const at = (name: string) => serviceLocation(cluster.server.core, 'default', name);
  const hosts = new Set(Array.from({ length: 60 }, () => at('s:80').host));
  expect([...hosts].sort()).toEqual(['10.1.0.1', '10.1.0.2', '10.1.0.3']);
  expect(at('s:web')).toMatchObject({ scheme: 'http', port: 9090 });
  expect(at('https:s:443')).toMatchObject({ scheme: 'https', port: 9443 });
  expect(refusal(() => at('s:81'))).toMatchObject({
    code: 503,
    message: 'no service port 81 found for service "s"',
  });
  expect(refusal(() => at('s:none'))).toMatchObject({
    code: 503,
    message: 'no endpoints available for service "s:none"',
  });
  expect(refusal(() => at('s'))).toMatchObject({
    code: 503,
    message: 'no endpoints available for service "s"',
  });
});

test('Endpoints written by hand lead to no address that is not a pod’s of the namespace', async () => {
  await using cluster = await start();
  await putService(cluster);
  await putPod(cluster, 'p1', '10.1.0.1');
  await put(
    cluster,
    '/api/v1/namespaces/default/endpoints',
    endpoints([
      { ip: '10.1.0.1' },
      { ip: '10.9.9.9', targetRef: target('p1') },
      { ip: '10.1.0.1', targetRef: { ...target('p1'), namespace: 'kube-system' } },
    ]),
  );
  expect(refusal(() => serviceLocation(cluster.server.core, 'default', 's:80'))).toMatchObject({
    code: 503,
    message: 'no endpoints available for service "s:80"',
  });
});

test('what is not there is 404, a Service without endpoints 503', async () => {
  await using cluster = await start();
  const { core } = cluster.server;
  const at = (name: string) => refusal(() => serviceLocation(core, 'default', name));
  expect(at('s:80')).toMatchObject({ code: 404, message: 'services "s" not found' });
  expect(at('s')).toMatchObject({ code: 404, message: 'endpoints "s" not found' });
  await putService(cluster);
  await put(cluster, '/api/v1/namespaces/default/endpoints', { metadata: { name: 's' } });
  expect(at('s:80')).toMatchObject({
    code: 503,
    reason: 'ServiceUnavailable',
    message: 'no endpoints available for service "s"',
  });
  expect(refusal(() => podLocation(core, 'default', 'none'))).toMatchObject({
    code: 404,
    message: 'pods "none" not found',
  });
  expect(refusal(() => nodeLocation(core, 'none', TLS))).toMatchObject({
    code: 404,
    message: 'nodes "none" not found',
  });
});

test('a node is reached at its kubelet with certificates, at other ports without', async () => {
  await using cluster = await start();
  const { core } = cluster.server;
  await put(
    cluster,
    '/api/v1/nodes',
    { metadata: { name: 'n' } },
    {
      addresses: [
        { type: 'Hostname', address: 'n' },
        { type: 'InternalIP', address: '10.0.0.9' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    },
  );
  const at = (name: string) => nodeLocation(core, name, TLS);
  const kubelet = { scheme: 'https', host: '10.0.0.9', port: 10250, tls: TLS };
  expect(at('n')).toEqual(kubelet);
  expect(at('n:10250')).toEqual(kubelet);
  expect(at('http:n:10250')).toEqual(kubelet);
  expect(at('https:n:9100')).toEqual({ scheme: 'https', host: '10.0.0.9', port: 9100 });
  expect(at('n:9100')).toEqual({ scheme: 'http', host: '10.0.0.9', port: 9100 });
  expect(refusal(() => nodeLocation(core, 'n', undefined))).toMatchObject({ code: 503 });
});

test('a node without a kubelet, or without an address, is 503 and says so', async () => {
  await using cluster = await start();
  const { core } = cluster.server;
  await put(cluster, '/api/v1/nodes', { metadata: { name: 'bare' } });
  await put(
    cluster,
    '/api/v1/nodes',
    { metadata: { name: 'n' } },
    { addresses: [{ type: 'InternalIP', address: '10.0.0.9' }] },
  );
  await put(
    cluster,
    '/api/v1/nodes',
    { metadata: { name: 'self' } },
    { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] },
  );
  const at = (name: string) => refusal(() => nodeLocation(core, name, TLS));
  expect(at('bare')).toMatchObject({
    code: 503,
    message: 'no preferred addresses found; known addresses: []',
  });
  expect(at('n')).toMatchObject({
    code: 503,
    message:
      'node "n" has no kubelet that can be asked: its status.daemonEndpoints.kubeletEndpoint.Port is 0',
  });
  expect(at('self:9100')).toMatchObject({ code: 400, message: 'address not allowed' });
});
