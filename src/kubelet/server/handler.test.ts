import * as fs from 'node:fs/promises';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContainerTarget, LogOptions } from '../../wire/streams/contract.ts';
import type { NodePod } from '../pods/pod.ts';
import type { PodRuntimeState } from '../pods/runtime-state.ts';
import type { KubeletRight } from './access.ts';
import { createHandler } from './handler.ts';
import { createRoutes } from './routes.ts';

const NODE = 'n';
const user = { name: 'kube-apiserver-kubelet-client', groups: ['system:masters'] };
const pod: NodePod = {
  metadata: { name: 'p', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'c', image: 'myapp:v1' }] },
  status: { phase: 'Running' },
};
const running = {
  sandboxes: [],
  containers: [{ name: 'c', status: { state: 'running', image: 'docker.io/library/myapp:v1' } }],
} as unknown as PodRuntimeState;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'peapod-logs-'));
  await mkdir(join(dir, 'logs/pods'), { recursive: true });
  await writeFile(join(dir, 'secret'), 'secret');
  await writeFile(join(dir, 'logs/kubelet.log'), 'a line\n');
  await symlink(join(dir, 'secret'), join(dir, 'logs/link'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

let asked: { target: ContainerTarget; options: LogOptions } | undefined;
let health = { healthy: true, message: '' };

const handlerFor = (granted: (right: KubeletRight) => boolean) =>
  createHandler({
    nodeName: NODE,
    access: { authorize: async (_user, right) => granted(right) },
    routes: createRoutes({
      pods: () => [pod],
      state: () => running,
      streams: {
        async logs(target, options) {
          asked = { target, options };
          return Readable.from(['out\n']);
        },
      },
      files: fs,
      logDirectory: join(dir, 'logs'),
      health: () => health,
      configuration: { maxPods: 110 },
      collect: () => Promise.reject(new Error('not asked here')),
      rates: { measure: () => Promise.reject(new Error('cgroups are gone')) },
      kubeletMetrics: () => [{ name: 'a', help: 'b', type: 'gauge', samples: [{ value: 1 }] }],
      probeMetrics: () => [],
    }),
  });

async function ask(target: string, granted: (right: KubeletRight) => boolean = () => true, method = 'GET') {
  const [path = '', query] = target.split('?');
  const request = { method, path, query: new URLSearchParams(query), signal: new AbortController().signal };
  const { status, contentType, body } = await handlerFor(granted)(request, user);
  return { status, contentType, text: typeof body === 'string' ? body : await text(body) };
}

test('pods are those of the node, running pods those of the runtime', async () => {
  expect(JSON.parse((await ask('/pods')).text)).toEqual({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items: [pod],
  });
  expect(JSON.parse((await ask('/runningpods/')).text).items).toEqual([
    {
      metadata: { name: 'p', namespace: 'default', uid: 'u' },
      spec: { containers: [{ name: 'c', image: 'docker.io/library/myapp:v1' }] },
    },
  ]);
});

test('health, configuration and metrics', async () => {
  expect(await ask('/healthz')).toMatchObject({ status: 200, text: 'ok' });
  expect((await ask('/configz')).text).toBe('{"kubeletconfig":{"maxPods":110}}');
  expect(await ask('/metrics')).toMatchObject({
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: '# HELP a b\n# TYPE a gauge\na 1\n',
  });
  expect(await ask('/metrics/probes')).toMatchObject({ status: 200, text: '' });
  health = { healthy: false, message: 'container runtime is down' };
  expect(await ask('/healthz')).toMatchObject({ status: 500, text: 'container runtime is down\n' });
  health = { healthy: true, message: '' };
});

test('Proxy, logs endpoint: folders are listed, files shown, and nothing outside', async () => {
  expect((await ask('/logs/')).text).toBe(
    '<pre>\n<a href="kubelet.log">kubelet.log</a>\n<a href="link">link</a>\n<a href="pods/">pods/</a>\n</pre>\n',
  );
  expect(await ask('/logs/kubelet.log')).toMatchObject({ status: 200, text: 'a line\n' });
  for (const outside of ['/logs/../secret', '/logs/link', '/logs/none', '/logs/pods/../../secret'])
    expect((await ask(outside)).status, outside).toBe(404);
});

test('logs of a container, with the options of pods/log', async () => {
  const reply = await ask(
    '/containerLogs/default/p/c?tailLines=5&follow=true&timestamps=false&sinceSeconds=1',
  );
  expect(reply).toEqual({ status: 200, contentType: 'text/plain; charset=utf-8', text: 'out\n' });
  expect(asked).toEqual({
    target: { namespace: 'default', pod: 'p', uid: 'u', container: 'c' },
    options: { follow: true, previous: false, timestamps: false, tailLines: 5, sinceSeconds: 1 },
  });
});

test.each([
  ['/containerLogs/default/none/c', 404, 'pod "none" not found in namespace "default"\n'],
  ['/containerLogs/default/p/none', 404, 'container "none" not found in pod "p"\n'],
  ['/containerLogs/default/p', 400, 'the path is /containerLogs/{namespace}/{pod}/{container}\n'],
  ['/containerLogs/default/p/c?tailLines=x', 400, 'tailLines "x" must be a whole number, 0 or more\n'],
  ['/containerLogs/default/p/c?sinceTime=x', 400, 'sinceTime "x" is no time in RFC 3339\n'],
  ['/stats/summary', 500, 'cgroups are gone\n'],
])('%s is %i', async (path, status, text) => {
  expect(await ask(path)).toMatchObject({ status, text });
});

test('what is not served is 404 and says what is', async () => {
  const reply = await ask('/exec/default/p/c');
  expect(reply.status).toBe(404);
  expect(reply.text).toContain(
    'this kubelet does not serve /exec/default/p/c; it serves /configz, /containerLogs/,',
  );
  expect((await ask('/pods', undefined, 'POST')).status).toBe(405);
});

test.each([
  ['/stats/summary', 'GET', ['get stats']],
  ['/metrics/resource', 'GET', ['get metrics']],
  ['/logs/x', 'GET', ['get log']],
  ['/pods', 'GET', ['get pods', 'get proxy']],
  ['/configz', 'HEAD', ['get configz', 'get proxy']],
  ['/healthz', 'GET', ['get healthz', 'get proxy']],
  ['/containerLogs/a/b/c', 'GET', ['get proxy']],
  ['/metricsx', 'POST', ['create proxy']],
])('%s (%s) needs one of the rights %j', async (path, method, rights) => {
  const seen: string[] = [];
  const reply = await ask(
    path,
    ({ verb, subresource, nodeName }) => {
      expect(nodeName).toBe(NODE);
      seen.push(`${verb} ${subresource}`);
      return false;
    },
    method,
  );
  expect(seen).toEqual(rights);
  expect(reply.status).toBe(403);
  expect(reply.text).toContain('Forbidden (user=kube-apiserver-kubelet-client, verb=');
});

test('a finer right suffices', async () => {
  expect((await ask('/pods', ({ subresource }) => subresource === 'pods')).status).toBe(200);
  expect((await ask('/pods', ({ subresource }) => subresource === 'proxy')).status).toBe(200);
});
