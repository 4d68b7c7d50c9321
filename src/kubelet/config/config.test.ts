import { expect, test } from 'vitest';
import type { ConfigMap, Container, Secret, Service } from '../../generated/core-v1.ts';
import type { NodePod } from '../pods/pod.ts';
import { parseResolvConf, podDns } from './dns.ts';
import { containerEnv } from './env.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';
import { etcHosts, sandboxHostname } from './hosts.ts';
import { containerSecurity } from './security.ts';
import { serviceEnv } from './service-env.ts';

const pod = (spec: Partial<NodePod['spec']> = {}): NodePod => ({
  metadata: { name: 'web-0', namespace: 'shop', uid: 'u', labels: { b: '2', a: 'x"y' } },
  spec: { containers: [], nodeName: 'n', ...spec },
});
const facts = { nodeIPs: ['192.0.2.1'], podIPs: ['10.0.0.7'], allocatable: { cpu: '2', memory: '4Gi' } };

test.each([
  ['$(A)-$(B)', '1-$(B)'],
  ['$$(A)', '$(A)'],
  ['$A $', '$A $'],
  ['$(A', '$(A'],
  ['$$$(A)', '$1'],
])('%s expands to %s', (text, expected) => {
  expect(expand(text, name => (name === 'A' ? '1' : undefined))).toBe(expected);
});

const service = (name: string, clusterIP: string, ports: NonNullable<Service['spec']>['ports']): Service => ({
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP, ports },
});

test('services are told as variables, in Docker form too', () => {
  const env = serviceEnv([
    service('my-db', '10.96.0.9', [{ name: 'sql-port', port: 5432, protocol: 'TCP' }]),
    service('headless', 'None', [{ port: 1 }]),
  ]);
  expect(Object.fromEntries(env)).toEqual({
    MY_DB_SERVICE_HOST: '10.96.0.9',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_SERVICE_PORT_SQL_PORT: '5432',
    MY_DB_PORT: 'tcp://10.96.0.9:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.96.0.9:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.96.0.9',
  });
});

test('the API server is told too, unless the namespace has a Service of its name', async () => {
  const api = service('kubernetes', '10.96.0.1', [{ name: 'https', port: 443 }]);
  const hostFor = async (own: readonly Service[], spec: Partial<NodePod['spec']> = {}) => {
    const services = (namespace: string) => (namespace === 'default' ? [api] : own);
    const input = { pod: pod(spec), container: { name: 'c' }, sources: { ...sources, services }, facts };
    const env = await containerEnv(input);
    return [env.get('KUBERNETES_SERVICE_HOST'), env.get('KUBERNETES_SERVICE_PORT_HTTPS')];
  };
  expect(await hostFor([])).toEqual(['10.96.0.1', '443']);
  expect(await hostFor([service('kubernetes', 'None', [{ port: 1 }])])).toEqual(['10.96.0.1', '443']);
  const another = service('kubernetes', '10.96.0.9', [{ port: 1 }]);
  expect(await hostFor([another])).toEqual(['10.96.0.9', undefined]);
  expect(await hostFor([another], { enableServiceLinks: false })).toEqual(['10.96.0.1', '443']);
});

const sources = {
  configMap: async (_: string, name: string): Promise<ConfigMap | undefined> =>
    name === 'cm' ? { metadata: {}, data: { k: 'from-map', 'a=b': 'no' } } : undefined,
  secret: async (_: string, name: string): Promise<Secret | undefined> =>
    name === 's' ? { metadata: {}, data: { k: 'c2VjcmV0' } } : undefined,
  services: () => [],
};
const env = async (container: Partial<Container>) =>
  Object.fromEntries(
    await containerEnv({ pod: pod(), container: { name: 'c', ...container }, sources, facts }),
  );

test('variables come from values, objects and the pod; later ones see earlier ones', async () => {
  expect(
    await env({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
      env: [
        { name: 'A', value: 'x$(P_k)' },
        { name: 'B', value: '$(A)$(C)' },
        { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        { name: 'D', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'E', valueFrom: { configMapKeyRef: { name: 'no', key: 'k', optional: true } } },
      ],
    }),
  ).toEqual({ P_k: 'from-map', A: 'xfrom-map', B: 'xfrom-map$(C)', C: 'secret', D: '10.0.0.7' });
});

test.each([
  [{ configMapKeyRef: { name: 'no', key: 'k' } }, 'configmap "no" not found'],
  [{ secretKeyRef: { name: 'no', key: 'k' } }, 'secret "no" not found'],
  [{ configMapKeyRef: { name: 'cm', key: 'z' } }, "couldn't find key z in ConfigMap shop/cm"],
  [{ secretKeyRef: { name: 's', key: 'z' } }, "couldn't find key z in Secret shop/s"],
])('%j is refused', async (valueFrom, message) => {
  await expect(env({ env: [{ name: 'X', valueFrom }] })).rejects.toMatchObject({
    reason: 'CreateContainerConfigError',
    message,
  });
});

test('fields and resources of the pod as text', () => {
  expect(fieldValue(pod(), 'metadata.labels', facts)).toBe('a="x\\"y"\nb="2"');
  expect(fieldValue(pod(), "metadata.labels['b']", facts)).toBe('2');
  const noted = {
    ...pod(),
    metadata: { name: 'a', annotations: { n: 'bell \u0007, null \u0000, umlaut ü' } },
  };
  expect(fieldValue(noted, 'metadata.annotations', facts)).toBe('n="bell \\a, null \\x00, umlaut ü"');
  const container = { name: 'c', resources: { limits: { cpu: '1500m' }, requests: { memory: '100Mi' } } };
  const value = (resource: string, divisor?: string) =>
    resourceValue(pod(), { resource, ...(divisor ? { divisor } : {}) }, container, facts.allocatable);
  expect(value('limits.cpu')).toBe('2');
  expect(value('limits.cpu', '1m')).toBe('1500');
  expect(value('requests.memory', '1Mi')).toBe('100');
  expect(value('limits.memory', '1Gi')).toBe('4');
});

const dns = { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local' };
const host = parseResolvConf('# x\nsearch example.com\nnameserver 192.0.2.53\noptions edns0\n');

test('the resolver is the cluster, the node or the pod itself, by policy', () => {
  expect(podDns(pod(), { ...dns, host })).toEqual({
    servers: ['10.96.0.10'],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'],
    options: ['ndots:5'],
  });
  expect(podDns(pod({ dnsPolicy: 'Default' }), { ...dns, host })).toEqual(host);
  expect(podDns(pod({ hostNetwork: true }), { ...dns, host })).toEqual(host);
  expect(
    podDns(
      pod({
        dnsPolicy: 'None',
        dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '2' }] },
      }),
      {
        ...dns,
        host,
      },
    ),
  ).toEqual({ servers: ['1.1.1.1'], searches: [], options: ['ndots:2'] });
});

test('/etc/hosts has the pod under its names, and the aliases', () => {
  const p = pod({ subdomain: 'web', hostAliases: [{ ip: '1.2.3.4', hostnames: ['one', 'two'] }] });
  const text = etcHosts(p, ['10.0.0.7'], 'cluster.local', '');
  expect(text).toContain('10.0.0.7\tweb-0.web.shop.svc.cluster.local\tweb-0\n');
  expect(text).toContain('# Entries added by HostAliases.\n1.2.3.4\tone\ttwo\n');
  expect(sandboxHostname({ ...p, spec: { ...p.spec, setHostnameAsFQDN: true } }, 'cluster.local')).toBe(
    'web-0.web.shop.svc.cluster.local',
  );
});

const image = { id: 'i', repoTags: [], repoDigests: [], sizeBytes: 1, username: '' };

test('runAsNonRoot is kept, or the container is refused', () => {
  const container = { name: 'c', securityContext: { runAsNonRoot: true } };
  const where = '(pod: "web-0_shop(u)", container: c)';
  const refuse =
    (extra: object, c: Container = container) =>
    () =>
      containerSecurity(pod(), c, { ...image, ...extra });
  expect(refuse({ uid: 0 })).toThrow(`container has runAsNonRoot and image will run as root ${where}`);
  expect(refuse({ username: 'nginx' })).toThrow(
    'image has non-numeric user (nginx), cannot verify user is non-root',
  );
  expect(refuse({}, { name: 'c', securityContext: { runAsNonRoot: true, runAsUser: 0 } })).toThrow(
    `container's runAsUser breaks non-root policy ${where}`,
  );
  expect(refuse({ uid: 7 })).not.toThrow();
});

test('a security context of a container goes over that of its pod', () => {
  const p = pod({ securityContext: { runAsUser: 1, runAsGroup: 2, fsGroup: 3, supplementalGroups: [4] } });
  const security = containerSecurity(
    p,
    {
      name: 'c',
      securityContext: {
        runAsUser: 9,
        allowPrivilegeEscalation: false,
        capabilities: { add: ['NET_ADMIN'] },
      },
    },
    image,
  );
  expect(security).toMatchObject({
    runAsUser: { value: 9 },
    runAsGroup: { value: 2 },
    supplementalGroups: [4, 3],
    noNewPrivs: true,
    capabilities: { addCapabilities: ['NET_ADMIN'], dropCapabilities: [] },
    seccomp: { profileType: 'Unconfined' },
  });
});
