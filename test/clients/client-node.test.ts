/**
 * @kubernetes/client-node, as JavaScript operators use it: typed calls, patches of every type, apply
 * through KubernetesObjectApi, watches and informers over connections that are cut. What needs
 * containers (exec, attach, log, port-forward) is in test/pod.root.test.ts.
 */
// Before the client itself.
import '../support/node-22.mjs';

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApiException,
  AppsV1Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  Health,
  type Informer,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  type ObjectCache,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  V1MicroTime,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DevApiServer, startDevApiServer } from '../../src/testing/dev-api-server.ts';
import { type CutProxy, startCutProxy } from '../support/cut-proxy.ts';

const NAMESPACE = 'js';

describe('@kubernetes/client-node', () => {
  let dir = '';
  let dev: DevApiServer;
  let proxy: CutProxy;
  let config: KubeConfig;
  let core: CoreV1Api;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'peapod-client-node-'));
    dev = await startDevApiServer(dir);
    proxy = await startCutProxy(Number(new URL(dev.url).port));
    config = configFor(dev.url);
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
  });
  afterAll(async () => {
    await proxy.close();
    await dev.close();
    await rm(dir, { recursive: true, force: true });
  });

  const configFor = (server: string): KubeConfig => {
    const made = new KubeConfig();
    made.loadFromFile(dev.kubeconfig);
    made.clusters = made.clusters.map(cluster => ({ ...cluster, server }));
    return made;
  };
  const map = (name: string, data: Record<string, string>): V1ConfigMap => ({ metadata: { name }, data });
  const write = (name: string, data: Record<string, string>) =>
    core.createNamespacedConfigMap({ namespace: NAMESPACE, body: map(name, data) });

  test('creates, reads, lists, replaces and deletes, and throws a Status that tells why', async () => {
    const made = await write('typed', { a: '1' });
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const read = await core.readNamespacedConfigMap({ namespace: NAMESPACE, name: 'typed' });
    expect(read.data).toEqual({ a: '1' });
    await core.replaceNamespacedConfigMap({
      namespace: NAMESPACE,
      name: 'typed',
      body: { metadata: read.metadata ?? {}, data: { a: '2' } },
    });
    const stale = core.replaceNamespacedConfigMap({ namespace: NAMESPACE, name: 'typed', body: read });
    const error = await stale.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiException);
    expect(error).toMatchObject({ code: 409 });
    expect(JSON.parse((error as ApiException<string>).body)).toMatchObject({
      kind: 'Status',
      reason: 'Conflict',
    });
    const listed = await core.listNamespacedConfigMap({
      namespace: NAMESPACE,
      limit: 1,
      labelSelector: '!none',
    });
    expect(listed.items).toHaveLength(1);
    await core.deleteNamespacedConfigMap({
      namespace: NAMESPACE,
      name: 'typed',
      propagationPolicy: 'Background',
    });
    await expect(core.readNamespacedConfigMap({ namespace: NAMESPACE, name: 'typed' })).rejects.toMatchObject(
      { code: 404 },
    );
  });

  test('types of other groups, quantities, times and int-or-strings come back as they went', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'x' };
    const deployment = await apps.createNamespacedDeployment({
      namespace: NAMESPACE,
      body: {
        metadata: { name: 'x' },
        spec: {
          selector: { matchLabels: labels },
          strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '100m' } } }] },
          },
        },
      },
    });
    expect(deployment.spec?.strategy?.rollingUpdate).toMatchObject({ maxSurge: '25%', maxUnavailable: 1 });
    const scale = await apps.readNamespacedDeploymentScale({ namespace: NAMESPACE, name: 'x' });
    await apps.replaceNamespacedDeploymentScale({
      namespace: NAMESPACE,
      name: 'x',
      body: { metadata: scale.metadata ?? {}, spec: { replicas: 4 } },
    });
    expect((await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: 'x' })).spec?.replicas).toBe(4);
    const batch = config.makeApiClient(BatchV1Api);
    const cron = await batch.createNamespacedCronJob({
      namespace: NAMESPACE,
      body: {
        metadata: { name: 'c' },
        spec: {
          schedule: '@daily',
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
          },
        },
      },
    });
    expect(cron.spec?.concurrencyPolicy).toBe('Allow');
  });

  test('patches of every type say themselves what they are', async () => {
    await write('patched', { a: '1' });
    const patch = async (type: string, body: object) =>
      (
        await core.patchNamespacedConfigMap(
          {
            namespace: NAMESPACE,
            name: 'patched',
            body,
            fieldManager: 'js',
            ...(type.includes('apply') ? { force: true } : {}),
          },
          setHeaderOptions('Content-Type', type),
        )
      ).data;
    expect(await patch(PatchStrategy.JsonPatch, [{ op: 'replace', path: '/data/a', value: '2' }])).toEqual({
      a: '2',
    });
    expect(await patch(PatchStrategy.MergePatch, { data: { b: '3' } })).toEqual({ a: '2', b: '3' });
    expect(await patch(PatchStrategy.StrategicMergePatch, { data: { a: null } })).toEqual({ b: '3' });
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'patched' }, data: { c: '4' } };
    expect(await patch(PatchStrategy.ServerSideApply, applied)).toEqual({ b: '3', c: '4' });
  });

  test('objects of any kind are applied, found by discovery, and deleted', async () => {
    const any = KubernetesObjectApi.makeApiClient(config);
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'any', namespace: NAMESPACE },
      data: { a: '1' },
    };
    const apply = (data: object, manager: string, force = false) =>
      any.patch(
        { ...object, data } as typeof object,
        undefined,
        undefined,
        manager,
        force,
        PatchStrategy.ServerSideApply,
      );
    await apply({ a: '1' }, 'one');
    await expect(apply({ a: '2' }, 'two')).rejects.toMatchObject({ code: 409 });
    expect(await apply({ a: '2' }, 'two', true)).toMatchObject({ data: { a: '2' } });
    expect((await any.list('v1', 'ConfigMap', NAMESPACE)).items.map(item => item.metadata?.name)).toContain(
      'any',
    );
    await any.delete(object);
    await expect(any.read(object)).rejects.toMatchObject({ code: 404 });
    const custom = config.makeApiClient(CustomObjectsApi);
    const leases = { group: 'coordination.k8s.io', version: 'v1', namespace: NAMESPACE, plural: 'leases' };
    await custom.createNamespacedCustomObject({
      ...leases,
      body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'custom' } },
    });
    expect(await custom.getNamespacedCustomObject({ ...leases, name: 'custom' })).toMatchObject({
      metadata: { name: 'custom' },
    });
  });

  test('a Lease elects one of two', async () => {
    const api = config.makeApiClient(CoordinationV1Api);
    const metadata = { name: 'leader', namespace: NAMESPACE };
    const spec = { leaseDurationSeconds: 15, acquireTime: new V1MicroTime(), renewTime: new V1MicroTime() };
    const first = await api.createNamespacedLease({
      namespace: NAMESPACE,
      body: { metadata, spec: { ...spec, holderIdentity: 'a' } },
    });
    await expect(
      api.createNamespacedLease({
        namespace: NAMESPACE,
        body: { metadata, spec: { ...spec, holderIdentity: 'b' } },
      }),
    ).rejects.toMatchObject({ code: 409 });
    const renew = (holderIdentity: string) =>
      api.replaceNamespacedLease({
        namespace: NAMESPACE,
        name: 'leader',
        body: {
          metadata: first.metadata ?? {},
          spec: { ...spec, holderIdentity, renewTime: new V1MicroTime(Date.now() + 1000) },
        },
      });
    // Both saw the same Lease: the slower of two renewals loses.
    const won = await Promise.allSettled([renew('a'), renew('b')]);
    expect(won.map(outcome => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('health and version are told', async () => {
    expect(await new Health(config).readyz({})).toBe(true);
    expect(await config.makeApiClient(VersionApi).getCode()).toMatchObject({ major: '1', minor: '36' });
  });

  test('a watch gives every change from a version on, and bookmarks, until it is aborted', async () => {
    const { metadata } = await write('watched', { n: '0' });
    const seen: string[] = [];
    let done: (error: unknown) => void = () => {};
    const ended = new Promise(resolve => (done = resolve));
    const watch = await new Watch(config).watch(
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      {
        resourceVersion: metadata?.resourceVersion ?? '',
        fieldSelector: 'metadata.name=watched',
        allowWatchBookmarks: true,
      },
      (type, object: V1ConfigMap) => void seen.push(`${type} ${object.data?.['n'] ?? ''}`),
      done,
    );
    for (const n of ['1', '2'])
      await core.replaceNamespacedConfigMap({
        namespace: NAMESPACE,
        name: 'watched',
        body: map('watched', { n }),
      });
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'watched' });
    await expect.poll(() => seen).toEqual(['MODIFIED 1', 'MODIFIED 2', 'DELETED 2']);
    watch.abort();
    await ended;
    const short = new Promise(resolve => {
      void new Watch(config).watch(
        `/api/v1/namespaces/${NAMESPACE}/configmaps`,
        { timeoutSeconds: 1 },
        () => {},
        resolve,
      );
    });
    expect(await short).toBeNull();
  });

  test('an informer goes on after its connection is cut, and lists anew when its version is gone', async () => {
    const cut = configFor(`https://127.0.0.1:${proxy.port}`);
    const api = cut.makeApiClient(CoreV1Api);
    let lists = 0;
    const informer: Informer<V1ConfigMap> & ObjectCache<V1ConfigMap> = makeInformer(
      cut,
      `/api/v1/namespaces/${NAMESPACE}/configmaps`,
      async () => {
        lists++;
        return await api.listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: 'informed' });
      },
      'informed',
    );
    const events: string[] = [];
    for (const type of ['add', 'update', 'delete'] as const)
      informer.on(type, object => void events.push(`${type} ${object.metadata?.name} ${object.data?.['n']}`));
    // As its documentation says to: a connection that fails is begun again.
    let errors = 0;
    informer.on('error', () => {
      errors++;
      setTimeout(() => void informer.start(), 20);
    });
    const put = (name: string, n: string) =>
      core.createNamespacedConfigMap({
        namespace: NAMESPACE,
        body: { metadata: { name, labels: { informed: 'yes' } }, data: { n } },
      });
    const change = (name: string, n: string) =>
      core.patchNamespacedConfigMap(
        { namespace: NAMESPACE, name, body: { data: { n } } },
        setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
      );
    await put('i', '0');
    await informer.start();
    await change('i', '1');
    await expect.poll(() => events).toEqual(['add i 0', 'update i 1']);

    proxy.cut();
    await change('i', '2');
    await put('j', '0');
    await expect.poll(() => errors).toBeGreaterThan(0);
    expect(events).toHaveLength(2);
    proxy.mend();
    await expect.poll(() => events.slice(2), { timeout: 10_000 }).toEqual(['update i 2', 'add j 0']);
    // Resumed from where it was: nothing was listed again.
    expect(lists).toBe(1);

    proxy.cut();
    await core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name: 'j' });
    await change('i', '3');
    const { store, cache } = dev.server.core;
    // More than the cache remembers; the rest of the past goes with the compaction.
    await write('large', {});
    for (let n = 0; n < 12; n++) await change('large', String(n % 10).repeat(900_000));
    await store.compact(cache.revision);
    proxy.mend();
    await expect
      .poll(() => informer.list().map(object => object.data?.['n']), { timeout: 10_000 })
      .toEqual(['3']);
    expect(lists).toBe(2);
    expect(events.slice(4).sort()).toEqual(['delete j 0', 'update i 3']);
    await informer.stop();
  }, 60_000);
});
