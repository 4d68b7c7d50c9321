/**
 * The real kubectl speaks protobuf wherever it uses typed objects: `create` sends and reads it,
 * `cluster-info dump` reads lists, `events --watch` reads a stream. What it prints is what
 * upstream's own decoder made of our bytes, and must be what JSON says.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { call } from '../src/testing/api-requests.ts';
import { startDevApiServer } from '../src/testing/dev-api-server.ts';
import { readScenarios } from '../src/testing/oracle/offline.ts';
import { clientTool, whyNoClientTools } from './support/client-tools.ts';
import { type Live, startLive } from './support/live.ts';

const runs = whyNoClientTools === undefined;
if (!runs) console.log(`kubectl in protobuf is left out: ${whyNoClientTools}`);
const TIMEOUT_MS = 120_000;
const NAMESPACE = 'protobuf';

let live: Live;
let program = '';
beforeAll(async () => {
  if (!runs) return;
  live = await startLive(startDevApiServer);
  program = await clientTool('v36', 'kubectl');
  await post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await post(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name: 'default' } });
}, TIMEOUT_MS);
afterAll(() => live?.close());

const get = (path: string) => call(live.dev.server, 'GET', path);
const post = (path: string, body: unknown) => call(live.dev.server, 'POST', path, { body });

/** Files of the dump, and what is in them. */
const DUMPED: Readonly<Record<string, string>> = {
  daemonsets: '/apis/apps/v1/*/daemonsets',
  deployments: '/apis/apps/v1/*/deployments',
  events: '/api/v1/*/events',
  pods: '/api/v1/*/pods',
  replicasets: '/apis/apps/v1/*/replicasets',
  'replication-controllers': '/api/v1/*/replicationcontrollers',
  services: '/api/v1/*/services',
};

test.skipIf(!runs)(
  'lists that kubectl reads in protobuf hold what the JSON lists hold',
  async () => {
    const created = await createRecorded();
    const out = join(live.dir, 'dump');
    const dump = ['cluster-info', 'dump', '--namespaces', NAMESPACE, '--output-directory', out, '-v=9'];
    const { code, err } = await live.run(program, dump);
    expect(code, err).toBe(0);
    expect(err).toContain('Accept: application/vnd.kubernetes.protobuf,application/json');
    let compared = 0;
    const compare = async (file: string, path: string) => {
      const dumped = itemsOf(await readFile(join(out, `${file}.json`), 'utf8'));
      const { text } = await get(path);
      expect(dumped, file).toEqual(itemsOf(text));
      compared += dumped.length;
    };
    for (const [file, path] of Object.entries(DUMPED))
      await compare(join(NAMESPACE, file), path.replace('*', `namespaces/${NAMESPACE}`));
    await compare('nodes', '/api/v1/nodes');
    expect(compared).toBe(created);
    expect(compared).toBeGreaterThan(100);
  },
  TIMEOUT_MS,
);

test.skipIf(!runs).each([
  ['configmaps', 'create configmap cm --from-literal=a=ü'],
  ['secrets', 'create secret generic s --from-literal=password=x'],
  ['serviceaccounts', 'create serviceaccount sa'],
  ['services', 'create service clusterip svc --tcp=80:8080'],
  ['resourcequotas', 'create quota q --hard=cpu=1,memory=1Gi'],
  ['apps/v1 deployments', 'create deployment d --image=x --replicas=2 --port=80'],
  ['batch/v1 jobs', 'create job j --image=x'],
  ['batch/v1 cronjobs', 'create cronjob c --image=x --schedule=@daily'],
  ['policy/v1 poddisruptionbudgets', 'create pdb p --selector=a=b --min-available=50%'],
  ['networking.k8s.io/v1 ingresses', 'create ingress i --rule=a.example/*=svc:80,tls'],
  ['rbac.authorization.k8s.io/v1 roles', 'create role r --verb=get,list --resource=pods,deployments.apps'],
  ['rbac.authorization.k8s.io/v1 rolebindings', 'create rolebinding rb --role=r --user=u --group=g'],
])(
  '%s: what kubectl sends and reads in protobuf is what JSON shows',
  async (resource, command) => {
    const options = ['-n', NAMESPACE, '-o', 'json', '--show-managed-fields'];
    const stdout = await live.ok(program, [...command.split(' '), ...options]);
    const printed = JSON.parse(stdout) as { metadata: { name: string } };
    const [groupVersion, plural] = resource.includes(' ') ? resource.split(' ') : ['', resource];
    const base = groupVersion === '' ? '/api/v1' : `/apis/${groupVersion}`;
    const path = `${base}/namespaces/${NAMESPACE}/${plural}/${printed.metadata.name}`;
    expect(printed).toEqual((await get(path)).json);
  },
  TIMEOUT_MS,
);

test.skipIf(!runs)(
  'kubectl reads a watch in protobuf',
  async () => {
    const watching = live.watch(program, ['events', '--watch', '-n', NAMESPACE, '-v=9']);
    try {
      await watching.until('protobuf;stream=watch');
      await post(`/api/v1/namespaces/${NAMESPACE}/events`, {
        metadata: { name: 'seen' },
        involvedObject: { kind: 'Pod', name: 'p', namespace: NAMESPACE },
        reason: 'Watched',
        message: 'seen in a stream of frames',
        type: 'Normal',
      });
      await watching.until('seen in a stream of frames');
    } finally {
      watching.stop();
    }
  },
  TIMEOUT_MS,
);

/** Objects of the recorded corpus, also those that were only tried (dry runs), each under a name of its own. Gives how many were made. */
async function createRecorded(): Promise<number> {
  const kinds = ['v1.Node', 'v1.Event', 'v1.Pod', 'v1.Service', 'v1.ReplicationController'].concat(
    ['DaemonSet', 'Deployment', 'ReplicaSet'].map(kind => `apps.v1.${kind}`),
  );
  let created = 0;
  for (const [n, scenario] of readScenarios('objects.jsonl').entries()) {
    if (!kinds.includes(scenario.id.split('/')[1] ?? '')) continue;
    for (const [i, { method, path, body, status, headers }] of scenario.steps.entries()) {
      const object = body as { metadata?: { name?: string } } | undefined;
      if (method !== 'POST' || status !== 201 || headers?.['Content-Type'] || !object?.metadata?.name)
        continue;
      const named = { ...object, metadata: { ...object.metadata, name: `o-${n}-${i}` } };
      const text = JSON.stringify(named).replaceAll('oracle-offline-0001', NAMESPACE);
      const answer = await post(
        (path.split('?')[0] ?? '').replaceAll('oracle-offline-0001', NAMESPACE),
        text,
      );
      if (answer.status === 201) created++;
    }
  }
  return created;
}

/** kubectl leaves out managedFields here, and each object's kind is its list's. */
function itemsOf(list: string): unknown[] {
  const { items } = JSON.parse(list) as { items: { metadata: Record<string, unknown> }[] | null };
  return (items ?? [])
    .map(({ metadata: { managedFields: _, ...metadata }, ...rest }) => ({ ...rest, metadata }))
    .sort((a, b) => (String(a.metadata['name']) < String(b.metadata['name']) ? -1 : 1));
}
