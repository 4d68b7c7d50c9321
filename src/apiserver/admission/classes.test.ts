import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses';
const MERGE = { 'content-type': 'application/merge-patch+json' };

const claim = (name: string, spec: object = {}, annotations: Record<string, string> = {}) => ({
  metadata: { name, annotations },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

async function withClasses() {
  const cluster = await startInProcessCluster();
  const post = async (path: string, body: object) => await call(cluster.server, 'POST', path, { body });
  const storage = (name: string, isDefault: string, extra: object = {}) =>
    post('/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': isDefault } },
      provisioner: 'ex.com/p',
      ...extra,
    });
  await storage('a', 'false', { allowVolumeExpansion: true });
  await storage('b', 'true');
  await storage('c', 'true');
  const specOf = async (path: string, body: object) =>
    (await post(path, body)).json.spec as { storageClassName?: string; ingressClassName?: string };
  return { cluster, post, specOf, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
}

test('a claim that names no class gets the default one', async () => {
  await using world = await withClasses();
  const { specOf } = world;
  expect((await specOf(CLAIMS, claim('x'))).storageClassName).toBe('b');
  expect((await specOf(CLAIMS, claim('y', { storageClassName: '' }))).storageClassName).toBe('');
  const old = { 'volume.beta.kubernetes.io/storage-class': 'z' };
  expect((await specOf(CLAIMS, claim('z', {}, old))).storageClassName).toBeUndefined();
});

test('so does an Ingress', async () => {
  await using world = await withClasses();
  const { post, specOf } = world;
  const ingress = (name: string, spec: object = {}, annotations = {}) => ({
    metadata: { name, annotations },
    spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } }, ...spec },
  });
  expect((await specOf(INGRESSES, ingress('w'))).ingressClassName).toBeUndefined();
  await post('/apis/networking.k8s.io/v1/ingressclasses', {
    metadata: { name: 'i', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    spec: { controller: 'ex.com/c' },
  });
  expect((await specOf(INGRESSES, ingress('x'))).ingressClassName).toBe('i');
  expect((await specOf(INGRESSES, ingress('y', { ingressClassName: 'j' }))).ingressClassName).toBe('j');
  const old = { 'kubernetes.io/ingress.class': 'k' };
  expect((await specOf(INGRESSES, ingress('z', {}, old))).ingressClassName).toBeUndefined();
});

test('a bound claim grows where its class lets it', async () => {
  await using world = await withClasses();
  const { cluster, post } = world;
  const grow = async (name: string, storageClassName: string) => {
    await post(CLAIMS, claim(name, { storageClassName }));
    const patch = (path: string, body: object) =>
      call(cluster.server, 'PATCH', path, { headers: MERGE, body });
    await patch(`${CLAIMS}/${name}/status`, { status: { phase: 'Bound' } });
    return await patch(`${CLAIMS}/${name}`, { spec: { resources: { requests: { storage: '2Gi' } } } });
  };
  expect((await grow('x', 'a')).status).toBe(200);
  const refused = await grow('y', 'b');
  expect([refused.status, refused.json.message]).toEqual([
    403,
    'persistentvolumeclaims "y" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  ]);
});
