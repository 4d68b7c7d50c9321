/** [sig-api-machinery] ValidatingAdmissionPolicy, MutatingAdmissionPolicy: their API operations */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { virtualClock } from '../../src/testing/virtual-clock.ts';
import { ask, type Kube, type KubeList, openWatch, patchOf } from './support.ts';

const GROUP = '/apis/admissionregistration.k8s.io';

const clock = virtualClock();
let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster({ clock });
});
afterAll(async () => await cluster.close());

const matchConstraints = {
  resourceRules: [
    { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
  ],
};
const paramRef = { name: 'x', parameterNotFoundAction: 'Deny' };
const mutation = {
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 2}}' },
};

test('ValidatingAdmissionPolicy API: created, read, listed, watched, patched, updated, with its status, and deleted', async () => {
  const spec = { matchConstraints, validations: [{ expression: 'object.spec.replicas <= 100' }] };
  await lifeCycle('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', spec);
  await status('validatingadmissionpolicies', spec);
});

test('ValidatingadmissionPolicyBinding API: created, read, listed, watched, patched, updated and deleted', async () => {
  const spec = { policyName: 'policy', validationActions: ['Deny'], paramRef };
  await lifeCycle('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', spec);
});

test('MutatingAdmissionPolicy API: created, read, listed, watched, patched, updated and deleted', async () => {
  const spec = { matchConstraints, mutations: [mutation], reinvocationPolicy: 'Never' };
  await lifeCycle('mutatingadmissionpolicies', 'MutatingAdmissionPolicy', spec);
});

test('MutatingAdmissionPolicyBinding API: created, read, listed, watched, patched, updated and deleted', async () => {
  await lifeCycle('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', {
    policyName: 'policy',
    paramRef,
  });
});

async function lifeCycle(plural: string, kind: string, spec: object): Promise<void> {
  await discovered(plural, kind);
  const { server } = cluster;
  const path = `${GROUP}/v1/${plural}`;
  const selected = `${path}?labelSelector=special-label%3D${plural}`;
  const named = (name: string) => ({ metadata: { name, labels: { 'special-label': plural } }, spec });
  const first = await ask(server, 'POST', path, { body: named('first') });
  expect(first).toMatchObject({ kind, spec });
  expect((await call(server, 'POST', path, { body: named('first') })).status).toBe(409);
  const second = await ask(server, 'POST', path, { body: named('second') });
  await ask(server, 'POST', path, { body: named('third') });
  expect(await ask(server, 'GET', `${path}/first`)).toEqual(first);
  expect((await ask<KubeList>(server, 'GET', selected)).items).toHaveLength(3);

  const watch = await openWatch(
    server,
    clock,
    `${selected}&resourceVersion=${second.metadata.resourceVersion}`,
  );
  const annotations = { patched: 'true' };
  await ask(server, 'PATCH', `${path}/first`, patchOf('merge', { metadata: { annotations } }));
  const patched = await ask(server, 'GET', `${path}/first`);
  expect(patched.metadata.annotations).toEqual(annotations);
  const updated = { ...patched, metadata: { ...patched.metadata, annotations: { updated: 'true' } } };
  await ask(server, 'PUT', `${path}/first`, { body: updated });
  expect((await ask(server, 'GET', `${path}/first`)).metadata.annotations).toEqual({ updated: 'true' });

  await ask(server, 'DELETE', `${path}/first`);
  expect((await call(server, 'GET', `${path}/first`)).status).toBe(404);
  expect((await ask<KubeList>(server, 'GET', selected)).items.map(o => o.metadata.name)).toEqual([
    'second',
    'third',
  ]);
  await ask(server, 'DELETE', selected);
  expect((await ask<KubeList>(server, 'GET', selected)).items).toEqual([]);
  expect((await watch.take()).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
    'ADDED third',
    'MODIFIED first',
    'MODIFIED first',
    'DELETED first',
    'DELETED second',
    'DELETED third',
  ]);
  await watch.stop();
}

async function discovered(plural: string, kind: string): Promise<void> {
  type Groups = { groups: readonly { name: string; versions: readonly { version: string }[] }[] };
  const { groups } = await ask<Groups>(cluster.server, 'GET', '/apis');
  const name = 'admissionregistration.k8s.io';
  expect(groups.find(group => group.name === name)?.versions.map(v => v.version)).toContain('v1');
  const group = await ask<{ versions: readonly { version: string }[] }>(cluster.server, 'GET', GROUP);
  expect(group.versions.map(v => v.version)).toContain('v1');
  type Resources = { resources: readonly { name: string; kind: string }[] };
  const { resources } = await ask<Resources>(cluster.server, 'GET', `${GROUP}/v1`);
  const wanted = kind === 'ValidatingAdmissionPolicy' ? [plural, `${plural}/status`] : [plural];
  for (const resource of wanted) expect(resources.map(r => r.name)).toContain(resource);
}

async function status(plural: string, spec: object): Promise<void> {
  const { server } = cluster;
  const path = `${GROUP}/v1/${plural}`;
  await ask(server, 'POST', path, { body: { metadata: { name: 'with-status' }, spec } });
  const read = await ask(server, 'GET', `${path}/with-status/status`);
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: 'Test',
    message: 'by a test',
    lastTransitionTime: '2026-01-02T03:04:05Z',
  });
  await ask(
    server,
    'PATCH',
    `${path}/with-status/status`,
    patchOf('merge', {
      metadata: { annotations: { patchedstatus: 'true' } },
      status: { conditions: [condition('StatusPatched')] },
    }),
  );
  const patched = await ask<Kube & { status: { conditions: object[] } }>(
    server,
    'GET',
    `${path}/with-status`,
  );
  expect(patched.status.conditions).toEqual([condition('StatusPatched')]);
  expect(patched['spec']).toEqual(read['spec']);
  const conditions = [...patched.status.conditions, condition('StatusUpdated')];
  await ask(server, 'PUT', `${path}/with-status/status`, { body: { ...patched, status: { conditions } } });
  expect((await ask(server, 'GET', `${path}/with-status`))['status']).toEqual({ conditions });
}
