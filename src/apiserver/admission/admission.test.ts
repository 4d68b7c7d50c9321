import { expect, test } from 'vitest';
import type { Pod } from '../../generated/core-v1.ts';
import { type Answer, call } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';

const NAMESPACE = '/api/v1/namespaces/default';

async function withAccount(spec: object = {}): Promise<InProcessCluster> {
  const cluster = await startInProcessCluster({ fullBootstrap: true });
  await call(cluster.server, 'POST', `${NAMESPACE}/serviceaccounts`, {
    body: { metadata: { name: 'default' }, ...spec },
  });
  return cluster;
}
const createPod = ({ server }: InProcessCluster, spec: object = {}): Promise<Answer> =>
  call(server, 'POST', `${NAMESPACE}/pods`, {
    body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } },
  });
const pod = (answer: Answer) => answer.json as unknown as Pod;

test('a pod runs as its namespace’s default account and finds its token where clients look', async () => {
  await using cluster = await withAccount();
  const { spec } = pod(await createPod(cluster));
  expect(spec.serviceAccountName).toBe('default');
  const [mount] = spec.containers[0]?.volumeMounts ?? [];
  expect(mount).toMatchObject({ readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' });
  const volume = spec.volumes?.find(v => v.name === mount?.name);
  expect(volume?.projected?.sources?.map(source => Object.keys(source)[0])).toEqual([
    'serviceAccountToken',
    'configMap',
    'downwardAPI',
  ]);
});

test('a pod or an account may do without the token', async () => {
  await using cluster = await withAccount({ automountServiceAccountToken: false });
  expect(pod(await createPod(cluster)).spec.volumes).toBeUndefined();
});

test('a pod of an account that does not exist is refused', async () => {
  await using cluster = await withAccount();
  const answer = await createPod(cluster, { serviceAccountName: 'nobody' });
  expect(answer).toMatchObject({ status: 403 });
  expect(answer.json.message).toContain('error looking up service account default/nobody');
});

test('pods tolerate a node that is away for five minutes', async () => {
  await using cluster = await withAccount();
  const { tolerations = [] } = pod(await createPod(cluster)).spec;
  expect(tolerations.map(t => [t.key, t.tolerationSeconds])).toEqual([
    ['node.kubernetes.io/not-ready', 300],
    ['node.kubernetes.io/unreachable', 300],
  ]);
});

test('a priority class gives its number, and the number alone cannot be given', async () => {
  await using cluster = await withAccount();
  const critical = await createPod(cluster, { priorityClassName: 'system-node-critical' });
  expect(pod(critical).spec.priority).toBe(2_000_001_000);
  const forged = await createPod(cluster, { priority: 7 });
  expect(forged.json.message).toContain('the integer value of priority (7) must not be provided in pod spec');
});

test('nothing is created in a namespace that is missing or ends', async () => {
  await using cluster = await withAccount();
  const { server } = cluster;
  const missing = await call(server, 'POST', '/api/v1/namespaces/none/configmaps', {
    body: { metadata: { name: 'a' } },
  });
  expect(missing.json.message).toBe('namespaces "none" not found');
  await call(server, 'POST', '/api/v1/namespaces', { body: { metadata: { name: 'ends' } } });
  await call(server, 'DELETE', '/api/v1/namespaces/ends');
  const late = await call(server, 'POST', '/api/v1/namespaces/ends/configmaps', {
    body: { metadata: { name: 'a' } },
  });
  expect(late.json.message).toContain(
    'unable to create new content in namespace ends because it is being terminated',
  );
});

test.each(['default', 'kube-system', 'kube-public'])('namespace %s cannot be deleted', async name => {
  await using cluster = await startInProcessCluster();
  const answer = await call(cluster.server, 'DELETE', `/api/v1/namespaces/${name}`);
  expect(answer).toMatchObject({
    status: 403,
    json: { message: `namespaces "${name}" is forbidden: this namespace may not be deleted` },
  });
});

test('a new node takes no pods until it says that it is ready', async () => {
  await using cluster = await startInProcessCluster();
  const { json } = await call(cluster.server, 'POST', '/api/v1/nodes', { body: { metadata: { name: 'n' } } });
  expect(json.spec).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
});

test('the limits of a namespace complete its pods, and refuse what is too much', async () => {
  await using cluster = await withAccount();
  const limit = (name: string, item: object) =>
    call(cluster.server, 'POST', `${NAMESPACE}/limitranges`, {
      body: { metadata: { name }, spec: { limits: [item] } },
    });
  await limit('pods', { type: 'Container', default: { cpu: '500m' }, max: { cpu: '1', memory: '1Gi' } });
  await limit('claims', { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } });
  const { metadata, spec } = pod(await createPod(cluster));
  expect(spec.containers[0]?.resources).toEqual({
    limits: { cpu: '500m', memory: '1Gi' },
    requests: { cpu: '500m', memory: '1Gi' },
  });
  expect(metadata.annotations?.['kubernetes.io/limit-ranger']).toBe(
    'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c',
  );
  const greedy = { name: 'c', image: 'i', resources: { limits: { cpu: '2', memory: '2Gi' } } };
  const refused = await createPod(cluster, { containers: [greedy, { ...greedy, name: 'd' }] });
  expect([refused.status, refused.json.message]).toEqual([
    403,
    'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
  ]);
  const claim = await call(cluster.server, 'POST', `${NAMESPACE}/persistentvolumeclaims`, {
    body: {
      metadata: { name: 'big' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
    },
  });
  expect([claim.status, claim.json.message]).toEqual([
    403,
    'persistentvolumeclaims "big" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
  ]);
});
