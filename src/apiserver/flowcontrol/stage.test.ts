import { expect, test } from 'vitest';
import type { FlowSchema } from '../../generated/flowcontrol-v1.ts';
import { type Answer, type CallOptions, call, type Json } from '../../testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../testing/in-process-cluster.ts';

const GROUP = '/apis/flowcontrol.apiserver.k8s.io';
const SCHEMAS = `${GROUP}/v1/flowschemas`;
const LEVELS = `${GROUP}/v1/prioritylevelconfigurations`;
const jane = { name: 'jane', groups: ['system:serviceaccounts:kube-system'] };
const MERGE = { 'content-type': 'application/merge-patch+json' };

const level = (name: string, limitResponse: object = { type: 'Reject' }) => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'PriorityLevelConfiguration',
  metadata: { name, labels: { made: 'here' } },
  spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse } },
});
const schema = (name: string, to: string, matchingPrecedence = 500) => ({
  apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
  kind: 'FlowSchema',
  metadata: { name, labels: { made: 'here' } },
  spec: {
    matchingPrecedence,
    priorityLevelConfiguration: { name: to },
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'jane' } }],
        resourceRules: [
          { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
        ],
      },
    ],
  },
});

/** The consumer has written what it has to. */
async function settled(
  cluster: InProcessCluster,
  path: string,
  holds: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let turn = 0; turn < 200; turn++) {
    const answer = await call(cluster.server, 'GET', path);
    if (holds(answer)) return answer;
    await new Promise(resolve => setImmediate(resolve));
  }
  throw new Error(`${path} does not become what it should be`);
}

const dangling = ({ json }: Answer) =>
  (json as unknown as FlowSchema).status?.conditions?.find(c => c.type === 'Dangling')?.status;

test('a schema takes effect when it is stored, and answers say so by UID', async () => {
  await using cluster = await startInProcessCluster();
  const before = await call(cluster.server, 'GET', '/api/v1/namespaces', { user: jane });
  const made = await call(cluster.server, 'POST', LEVELS, { body: level('mine') });
  const chosen = await call(cluster.server, 'POST', SCHEMAS, { body: schema('mine', 'mine') });
  const after = await call(cluster.server, 'GET', '/api/v1/namespaces', { user: jane });
  expect(before.headers['X-Kubernetes-PF-FlowSchema-UID']).toBe('');
  expect(after.headers).toMatchObject({
    'X-Kubernetes-PF-FlowSchema-UID': chosen.json.metadata.uid,
    'X-Kubernetes-PF-PriorityLevel-UID': made.json.metadata.uid,
  });
  await call(cluster.server, 'DELETE', `${SCHEMAS}/mine`);
  const again = await call(cluster.server, 'GET', '/api/v1/namespaces', { user: jane });
  expect(again.headers['X-Kubernetes-PF-FlowSchema-UID']).toBe('');
});

test('what is refused is 429 with Retry-After and the classification', async () => {
  await using cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', LEVELS, { body: level('mine') });
  await call(cluster.server, 'POST', SCHEMAS, { body: schema('mine', 'mine') });
  // One share of six: 100 seats, and the rest may not be borrowed within one turn.
  const asked = Array.from({ length: 150 }, () =>
    call(cluster.server, 'GET', '/api/v1/namespaces/default', { user: jane }),
  );
  const answers = await Promise.all(asked);
  const refused = answers.filter(answer => answer.status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.filter(answer => answer.status === 200).length).toBeGreaterThan(0);
  expect(refused[0]?.headers).toMatchObject({ 'retry-after': '1' });
  expect(refused[0]?.headers['X-Kubernetes-PF-FlowSchema-UID']).not.toBe('');
  expect(refused[0]?.json).toMatchObject({
    kind: 'Status',
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds: 1 },
    code: 429,
  });
  const { text } = await call(cluster.server, 'GET', '/metrics');
  const labels = 'priority_level="mine",flow_schema="mine"';
  expect(text).toContain(`apiserver_flowcontrol_dispatched_requests_total{${labels}} `);
  expect(text).toContain(
    `apiserver_flowcontrol_rejected_requests_total{${labels},reason="concurrency-limit"} ${refused.length}\n`,
  );
  expect(text).toContain('apiserver_flowcontrol_nominal_limit_seats{priority_level="mine"} 100\n');
});

test('a schema says whether its level exists, as levels come and go', async () => {
  await using cluster = await startInProcessCluster();
  await call(cluster.server, 'POST', SCHEMAS, { body: schema('mine', 'mine') });
  const path = `${SCHEMAS}/mine`;
  await settled(cluster, path, answer => dangling(answer) === 'True');
  await call(cluster.server, 'POST', LEVELS, { body: level('mine') });
  const { json } = await settled(cluster, path, answer => dangling(answer) === 'False');
  const manager = 'api-priority-and-fairness-config-consumer-v1';
  expect((json.metadata as { managedFields?: unknown }).managedFields).toContainEqual(
    expect.objectContaining({ manager, operation: 'Apply', subresource: 'status' }),
  );
  await call(cluster.server, 'DELETE', `${LEVELS}/mine`);
  await settled(cluster, path, answer => dangling(answer) === 'True');
});

test('bootstrap objects come back, and keep their spec as long as they are to', async () => {
  await using cluster = await startInProcessCluster({ fullBootstrap: true });
  const { server } = cluster;
  const spec = (answer: Answer) => answer.json.spec as unknown as FlowSchema['spec'];
  const path = (name: string) => `${SCHEMAS}/${name}`;
  for (const name of ['catch-all', 'system-nodes']) {
    const before = await settled(cluster, path(name), answer => dangling(answer) === 'False');
    await call(server, 'DELETE', path(name));
    const after = await settled(cluster, path(name), answer => answer.status === 200);
    expect(after.json.metadata.uid).not.toBe(before.json.metadata.uid);
    expect(spec(after)).toEqual(spec(before));
  }
  const patch = (name: string, body: object) => call(server, 'PATCH', path(name), { headers: MERGE, body });
  const matchingPrecedence = 7000;
  expect((await patch('catch-all', { spec: { matchingPrecedence } })).json).toMatchObject({
    reason: 'Invalid',
    message: expect.stringContaining("spec of 'catch-all' must equal the fixed value") as string,
  });
  await patch('service-accounts', { spec: { matchingPrecedence } });
  await settled(cluster, path('service-accounts'), answer => spec(answer).matchingPrecedence === 9000);
  const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'false' };
  await patch('service-accounts', { metadata: { annotations }, spec: { matchingPrecedence } });
  await patch('system-nodes', { spec: { matchingPrecedence } });
  await settled(cluster, path('system-nodes'), answer => spec(answer).matchingPrecedence === 500);
  expect(spec(await call(server, 'GET', path('service-accounts'))).matchingPrecedence).toBe(
    matchingPrecedence,
  );
});

test('shares of the level `exempt` can be chosen, the rest of the mandatory levels not', async () => {
  await using cluster = await startInProcessCluster({ fullBootstrap: true });
  const patch = (name: string, spec: object) =>
    call(cluster.server, 'PATCH', `${LEVELS}/${name}`, { headers: MERGE, body: { spec } });
  expect((await patch('exempt', { exempt: { nominalConcurrencyShares: 5 } })).status).toBe(200);
  const refused = await patch('catch-all', { limited: { nominalConcurrencyShares: 50 } });
  expect(refused).toMatchObject({ status: 422, json: { reason: 'Invalid' } });
});

test('dumps show levels, queues and requests as upstream’s tables', async () => {
  await using cluster = await startInProcessCluster();
  const queuing = { queues: 2, handSize: 1, queueLengthLimit: 50 };
  await call(cluster.server, 'POST', LEVELS, { body: level('mine', { type: 'Queue', queuing }) });
  await call(cluster.server, 'POST', SCHEMAS, { body: schema('mine', 'mine') });
  const dump = async (what: string, options: CallOptions = {}) =>
    (await call(cluster.server, 'GET', `/debug/api_priority_and_fairness/${what}`, options)).text.split('\n');
  await call(cluster.server, 'GET', '/api/v1/namespaces', { user: jane });
  await new Promise(resolve => setImmediate(resolve));
  const levels = await dump('dump_priority_levels');
  expect(levels[0]).toBe(
    'PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests',
  );
  expect(levels).toContain(
    'mine,              0,            true,   false,       0,               0,                 1,                  0,                0,                0',
  );
  expect(await dump('dump_queues')).toEqual([
    'PriorityLevelName, Index,  PendingRequests, ExecutingRequests, SeatsInUse, NextDispatchR, InitialSeatsSum, MaxSeatsSum, TotalWorkSum',
    'mine,              0,      0,               0,                 0,          0.00000000ss,  0,               0,           0.00000000ss',
    'mine,              1,      0,               0,                 0,          0.00000000ss,  0,               0,           0.00000000ss',
    '',
  ]);
  const requests = await dump('dump_requests?includeRequestDetails=1');
  expect(requests[0]).toMatch(
    /^PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, FlowDistingsher, /,
  );
  const own =
    /^exempt, .* exempt, .* -1, .* admin, +get, +\/debug\/api_priority_and_fairness\/dump_requests, /;
  expect(requests).toContainEqual(expect.stringMatching(own));
  expect((await call(cluster.server, 'GET', '/debug/api_priority_and_fairness/none')).status).toBe(404);
  expect(
    (await call(cluster.server, 'GET', '/debug/api_priority_and_fairness/dump_queues', { user: null }))
      .status,
  ).toBe(403);
});

/** What conformance asks of both kinds: discovery, and every verb, on the object and its status. */
async function supportsApiOperations(plural: string, body: (name: string) => { metadata: { name: string } }) {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const path = `${GROUP}/v1/${plural}`;
  const names = (json: Json | undefined, list: string) =>
    (json as unknown as Record<string, { name: string; version: string }[]>)[list];
  const groups = await call(server, 'GET', '/apis');
  expect(names(groups.json, 'groups')?.map(g => g.name)).toContain('flowcontrol.apiserver.k8s.io');
  const versions = await call(server, 'GET', GROUP);
  expect(names(versions.json, 'versions')?.map(v => v.version)).toContain('v1');
  const resources = names((await call(server, 'GET', `${GROUP}/v1`)).json, 'resources')?.map(r => r.name);
  expect(resources).toEqual(expect.arrayContaining([plural, `${plural}/status`]));

  const stop = new AbortController();
  const created = await call(server, 'POST', path, { body: body('one') });
  expect(created.status).toBe(201);
  const from = created.json.metadata.resourceVersion;
  const watching = call(
    server,
    'GET',
    `${path}?watch=true&labelSelector=made%3Dhere&resourceVersion=${from}`,
    {
      signal: stop.signal,
    },
  );
  expect((await call(server, 'GET', `${path}/one`)).json.metadata.uid).toBe(created.json.metadata.uid);
  for (const name of ['two', 'three']) await call(server, 'POST', path, { body: body(name) });
  const listed = await call(server, 'GET', `${path}?labelSelector=made%3Dhere`);
  expect(listed.json.items?.map(item => item.metadata.name)).toEqual(['one', 'three', 'two']);

  const annotated = { metadata: { annotations: { patched: 'yes' } } };
  const patched = await call(server, 'PATCH', `${path}/one`, { headers: MERGE, body: annotated });
  expect(patched.json.metadata).toMatchObject(annotated.metadata);
  const current = (await call(server, 'GET', `${path}/one`)).json;
  const next = {
    ...current,
    metadata: { ...current.metadata, resourceVersion: '', annotations: { updated: 'yes' } },
  };
  const updated = await call(server, 'PUT', `${path}/one`, { body: next });
  expect(updated).toMatchObject({ status: 200, json: { metadata: { annotations: { updated: 'yes' } } } });

  const condition = { type: 'Told', status: 'True', reason: 'Test', message: 'by a test' };
  const body2 = { status: { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] } };
  const told = await call(server, 'PATCH', `${path}/one/status`, { headers: MERGE, body: body2 });
  expect(told.json.status).toMatchObject({
    conditions: expect.arrayContaining([expect.objectContaining(condition)]) as unknown,
  });
  const read = await call(server, 'GET', `${path}/one/status`);
  expect(read.status).toBe(200);
  const put = await call(server, 'PUT', `${path}/one/status`, {
    body: { ...read.json, metadata: { ...read.json.metadata, resourceVersion: '' } },
  });
  expect(put.status).toBe(200);

  expect((await call(server, 'DELETE', `${path}/one`)).status).toBe(200);
  expect((await call(server, 'GET', `${path}/one`)).status).toBe(404);
  expect((await call(server, 'DELETE', `${path}?labelSelector=made%3Dhere`)).status).toBe(200);
  expect((await call(server, 'GET', `${path}?labelSelector=made%3Dhere`)).json.items).toEqual([]);
  stop.abort();
  const types = (await watching).text
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { type: string }).type);
  expect(new Set(types)).toEqual(new Set(['ADDED', 'MODIFIED', 'DELETED']));
}

test('Priority and Fairness FlowSchema API', async () => {
  await supportsApiOperations('flowschemas', name => schema(name, 'nowhere'));
});

test('Priority and Fairness PriorityLevelConfiguration API', async () => {
  await supportsApiOperations('prioritylevelconfigurations', name => level(name));
});
