/** [sig-api-machinery] Namespaces, OrderedNamespaceDeletion */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { CONFIG_MAPS, NAMESPACES, PODS, SERVICE_ACCOUNTS, SERVICES } from '../../src/client/resources.ts';
import type { ConfigMap, Namespace, Pod, Service } from '../../src/generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../src/testing/controller-cluster.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { ask, type Kube, patchOf } from './support.ts';

describe('the object', () => {
  let cluster: InProcessCluster;
  beforeAll(async () => {
    cluster = await startInProcessCluster();
  });
  afterAll(async () => await cluster.close());

  const NAME = '/api/v1/namespaces';
  const get = (name: string) => ask<Kube & Namespace>(cluster.server, 'GET', `${NAME}/${name}`);
  const create = (name: string) =>
    ask<Kube & Namespace>(cluster.server, 'POST', NAME, { body: { metadata: { name } } });

  test('Namespace patching: a label that is patched in is there', async () => {
    await create('patched');
    const body = { metadata: { labels: { testLabel: 'testValue' } } };
    await ask(cluster.server, 'PATCH', `${NAME}/patched`, patchOf('strategic-merge', body));
    expect((await get('patched')).metadata.labels).toMatchObject({ testLabel: 'testValue' });
  });

  test('Namespace, apply update to a namespace: a label that is updated is there', async () => {
    const created = await create('updated');
    const labels = { ...created.metadata.labels, 'e2e-updated': 'yes' };
    const body = { ...created, metadata: { ...created.metadata, labels } };
    await ask(cluster.server, 'PUT', `${NAME}/updated`, { body });
    expect((await get('updated')).metadata.labels).toEqual({
      'e2e-updated': 'yes',
      'kubernetes.io/metadata.name': 'updated',
    });
  });

  test('Namespace, apply changes to a namespace status: it is patched and updated by itself', async () => {
    await create('status');
    const path = `${NAME}/status/status`;
    const read = await ask<Kube & Namespace>(cluster.server, 'GET', path);
    expect(read.status?.phase).toBe('Active');
    const patched = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by a test' };
    await ask(
      cluster.server,
      'PATCH',
      path,
      patchOf('merge', {
        metadata: { annotations: { 'e2e-patched-ns-status': 'status' } },
        status: { conditions: [patched] },
      }),
    );
    const between = await get('status');
    expect(between.metadata.annotations).toEqual({ 'e2e-patched-ns-status': 'status' });
    expect(between.status).toMatchObject({ phase: 'Active', conditions: [patched] });
    const updated = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated by a test' };
    const conditions = [...(between.status?.conditions ?? []), updated];
    await ask(cluster.server, 'PUT', path, {
      body: { ...between, status: { ...between.status, conditions } },
    });
    expect((await get('status')).status?.conditions).toMatchObject([patched, updated]);
  });

  test('Namespace, apply finalizer to a namespace: one comes and goes through its own subresource', async () => {
    const FAKE = 'e2e.example.com/fakeFinalizer';
    const created = await create('finalized');
    const finalize = (finalizers: readonly string[]) =>
      ask(cluster.server, 'PUT', `${NAME}/finalized/finalize`, {
        body: { ...created, spec: { finalizers } },
      });
    await finalize(['kubernetes', FAKE]);
    expect((await get('finalized')).spec.finalizers).toEqual(['kubernetes', FAKE]);
    const { resourceVersion: _, ...metadata } = created.metadata;
    await ask(cluster.server, 'PUT', `${NAME}/finalized/finalize`, {
      body: { ...created, metadata, spec: { finalizers: ['kubernetes'] } },
    });
    expect((await get('finalized')).spec.finalizers).toEqual(['kubernetes']);
  });
});

describe('deletion', () => {
  const name = 'nsdeletetest';

  async function create(cluster: ControllerCluster): Promise<void> {
    await cluster.client
      .resource<Namespace>(NAMESPACES)
      .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} });
    await cluster.clock.advance(2_000);
    expect((await cluster.list(SERVICE_ACCOUNTS, name)).map(o => o.metadata.name)).toEqual(['default']);
  }

  const pod = (podName: string, finalizers: readonly string[] = []): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: name, name: podName, finalizers: [...finalizers] },
    spec: { containers: [{ name: 'nginx', image: 'nginx' }], terminationGracePeriodSeconds: 2 },
  });

  const remove = (cluster: ControllerCluster) => cluster.client.resource(NAMESPACES).delete({ name });
  const exists = async (cluster: ControllerCluster) =>
    (await cluster.list(NAMESPACES)).some(o => o.metadata.name === name);

  test('namespace-deletion-removes-pods: a namespace of the same name has none of them', async () => {
    await using cluster = await startControllerCluster();
    await create(cluster);
    await cluster.client.resource<Pod>(PODS).create(pod('test-pod'));
    await cluster.clock.advance(5_000);
    expect((await cluster.list<Pod>(PODS, name)).map(o => o.status?.phase)).toEqual(['Running']);
    await remove(cluster);
    await cluster.clock.advance(60_000);
    expect(await exists(cluster)).toBe(false);
    await create(cluster);
    expect(await cluster.list(PODS, name)).toEqual([]);
  });

  test('namespace-deletion-removes-services: a namespace of the same name has none of them', async () => {
    await using cluster = await startControllerCluster();
    await create(cluster);
    await cluster.client.resource<Service>(SERVICES).create({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: name, name: 'test-service' },
      spec: { selector: { foo: 'bar' }, ports: [{ port: 80, targetPort: 80 }] },
    });
    await remove(cluster);
    await cluster.clock.advance(60_000);
    expect(await exists(cluster)).toBe(false);
    await create(cluster);
    expect(await cluster.list(SERVICES, name)).toEqual([]);
  });

  test('Ordered Namespace Deletion: nothing else goes before the last pod has gone', async () => {
    await using cluster = await startControllerCluster();
    await create(cluster);
    const FINALIZER = 'e2e.example.com/finalizer';
    await cluster.client.resource<Pod>(PODS).create(pod('testpod', [FINALIZER]));
    await cluster.client.resource<ConfigMap>(CONFIG_MAPS).create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: name, name: 'testmap' },
    });
    await cluster.clock.advance(5_000);
    await remove(cluster);
    await cluster.clock.advance(30_000);
    const [waiting] = await cluster.list<Pod>(PODS, name);
    expect(waiting?.metadata).toMatchObject({ name: 'testpod', finalizers: [FINALIZER] });
    expect(waiting?.metadata.deletionTimestamp).toBeDefined();
    const kept = (await cluster.list(CONFIG_MAPS, name)).find(o => o.metadata.name === 'testmap');
    expect(kept).toBeDefined();
    expect(kept?.metadata.deletionTimestamp).toBeUndefined();
    const { status } = await cluster.client.resource<Namespace>(NAMESPACES).get({ name });
    const told = (type: string) => status?.conditions?.find(c => c.type === type)?.message;
    expect(told('NamespaceContentRemaining')).toContain('pods. has 1 resource instances');
    expect(told('NamespaceFinalizersRemaining')).toContain(`${FINALIZER} in 1 resource instances`);
    await cluster.client
      .resource<KubeObject>(PODS)
      .patch(
        { namespace: name, name: 'testpod' },
        { type: 'merge', body: { metadata: { finalizers: null } } },
      );
    await cluster.clock.advance(30_000);
    expect(await exists(cluster)).toBe(false);
    expect(await cluster.list(CONFIG_MAPS, name)).toEqual([]);
  });
});
