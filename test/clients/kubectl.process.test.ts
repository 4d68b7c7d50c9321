/**
 * kubectl of two versions, command by command, on a cluster whose pods have no containers. What
 * needs a real one (exec, logs, debug, port-forward) is in test/pod.root.test.ts.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesMinor } from '../../src/cluster/kubectl/packaged-program.ts';
import { clientTool, whyNoClientTools } from '../support/client-tools.ts';
import { type Live, type RunOptions, startLive } from '../support/live.ts';

const TIMEOUT_MS = 120_000;
const MAP = (data: object, metadata: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', ...metadata }, data });
const DEPLOYMENT = (image = 'nginx:1', extra: object = {}) =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'web', image, ...extra }] },
      },
    },
  });

if (whyNoClientTools) console.log(`tests of kubectl are left out: ${whyNoClientTools}`);

// Both at once, each test after the other: they mostly wait for their programs.
const options = { concurrent: true, skip: whyNoClientTools !== undefined };

describe.each(['v36', 'v35'] as const)('kubectl of %s', options, minor => {
  describe('in order', { sequential: true }, () => life(minor));
});

function life(minor: KubernetesMinor): void {
  let live: Live;
  let kubectl = '';
  beforeAll(async () => {
    live = await startLive();
    kubectl = await clientTool(minor, 'kubectl');
  }, TIMEOUT_MS);
  afterAll(() => live?.close());

  const split = (command: string) =>
    (command.match(/'[^']*'|\S+/g) ?? []).map(word => word.replace(/^'|'$/g, ''));
  const ok = (command: string, stdin = '', options: RunOptions = {}) =>
    live.ok(kubectl, split(command), { ...options, stdin });
  const run = (command: string, stdin = '') => live.run(kubectl, split(command), { stdin });
  const field = (what: string, path: string) => ok(`get ${what} -o jsonpath={${path}}`);

  test(
    'apply creates, changes, prunes fields, and changes nothing the second time',
    async () => {
      expect(await ok('apply -f -', MAP({ a: '1', b: '2' }))).toBe('configmap/m created\n');
      expect(await ok('apply -f -', MAP({ a: '1', b: '2' }))).toBe('configmap/m unchanged\n');
      const diff = await run('diff -f -', MAP({ a: '3' }));
      expect(diff.code).toBe(1);
      expect(diff.out).toMatch(/^-\s+a: "1"$/m);
      expect(diff.out).toMatch(/^\+\s+a: "3"$/m);
      expect(await ok('apply -f -', MAP({ a: '3' }))).toBe('configmap/m configured\n');
      expect(JSON.parse(await field('cm/m', '.data'))).toEqual({ a: '3' });
      expect((await run('diff -f -', MAP({ a: '3' }))).code).toBe(0);
      expect(await ok('apply view-last-applied cm/m -o json')).toContain('"a": "3"');
    },
    TIMEOUT_MS,
  );

  test(
    'apply on the server tells of conflicts, wins by force, and takes over from the client’s apply',
    async () => {
      expect(await ok('apply --server-side --field-manager=one -f -', MAP({ x: '1' }, { name: 's' }))).toBe(
        'configmap/s serverside-applied\n',
      );
      const lost = await run('apply --server-side --field-manager=two -f -', MAP({ x: '2' }, { name: 's' }));
      expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('conflict with "one": .data.x') });
      await ok(
        'apply --server-side --field-manager=two --force-conflicts -f -',
        MAP({ x: '2' }, { name: 's' }),
      );
      expect(await field('cm/s', '.data.x')).toBe('2');
      // Made by the client's apply: the annotation's fields become those of the server's.
      expect(await ok('apply --server-side -f -', MAP({ b: '4' }))).toBe('configmap/m serverside-applied\n');
      expect(JSON.parse(await field('cm/m', '.data'))).toEqual({ b: '4' });
      const managers = JSON.parse(await ok('get cm m -o json --show-managed-fields')) as {
        metadata: { managedFields: { manager: string; operation: string }[] };
      };
      expect(managers.metadata.managedFields).toMatchObject([
        // kubectl's own, so that the annotation stays.
        { manager: 'kubectl-last-applied', operation: 'Apply' },
        { manager: 'kubectl', operation: 'Apply' },
      ]);
      expect((await run('diff --server-side -f -', MAP({ b: '5' }))).code).toBe(1);
    },
    TIMEOUT_MS,
  );

  test(
    'patches of each type, set, label and annotate change what they say',
    async () => {
      await ok('create -f -', MAP({ a: '1' }, { name: 'p' }));
      await ok(`patch cm p --type=merge -p '{"data":{"b":"2"}}'`);
      await ok(`patch cm p --type=json -p '[{"op":"replace","path":"/data/a","value":"9"}]'`);
      await ok(`patch cm p -p '{"metadata":{"labels":{"tier":"x"}}}'`);
      expect(JSON.parse(await field('cm/p', '.data'))).toEqual({ a: '9', b: '2' });
      expect(await ok('label cm p tier=y --overwrite')).toBe('configmap/p labeled\n');
      expect(await run('label cm p tier=z')).toMatchObject({
        code: 1,
        err: expect.stringContaining('already has a value (y)'),
      });
      expect(await ok('annotate cm p note=hi')).toBe('configmap/p annotated\n');
      expect(await ok('get cm -l tier=y -o name')).toBe('configmap/p\n');
      expect(await ok('label cm p tier-')).toBe('configmap/p unlabeled\n');
      expect(await run('patch cm nosuch -p {}')).toMatchObject({
        code: 1,
        err: expect.stringContaining('(NotFound)'),
      });
    },
    TIMEOUT_MS,
  );

  test(
    'create, replace, replace --force and edit write whole objects',
    async () => {
      expect(await run('create -f -', MAP({}, { name: 'p' }))).toMatchObject({
        code: 1,
        err: expect.stringContaining('(AlreadyExists)'),
      });
      expect(await ok('create --dry-run=server -f - -o name', MAP({}, { name: 'dry' }))).toBe(
        'configmap/dry\n',
      );
      expect((await run('get cm dry')).code).toBe(1);
      expect(await ok('replace -f -', MAP({ c: '1' }, { name: 'p' }))).toBe('configmap/p replaced\n');
      const uid = await field('cm/p', '.metadata.uid');
      const forced = await ok('replace --force -f -', MAP({ c: '2' }, { name: 'p' }));
      expect(forced).toContain('configmap/p replaced');
      expect(await field('cm/p', '.metadata.uid')).not.toBe(uid);
      const editor = join(live.dir, 'editor.sh');
      await writeFile(editor, '#!/bin/sh\nsed -i \'s/c: "2"/c: "3"/\' "$1"\n', { mode: 0o755 });
      const env = { KUBE_EDITOR: editor };
      expect(await ok('edit cm p', '', { env })).toContain('configmap/p edited');
      expect(await field('cm/p', '.data.c')).toBe('3');
      expect((await live.run(kubectl, ['edit', 'cm', 'p'], { env: { KUBE_EDITOR: 'true' } })).err).toContain(
        'Edit cancelled',
      );
      const immutable = await run(
        'apply -f -',
        JSON.stringify({ ...JSON.parse(MAP({ z: '1' }, { name: 'fixed' })), immutable: true }),
      );
      expect(immutable.code).toBe(0);
      expect(await run(`patch cm fixed --type=merge -p '{"data":{"z":"2"}}'`)).toMatchObject({
        code: 1,
        err: expect.stringContaining('field is immutable when `immutable` is set'),
      });
    },
    TIMEOUT_MS,
  );

  test(
    'a deployment is rolled out, watched, undone, scaled, paused and explained',
    async () => {
      await ok('apply -f -', DEPLOYMENT());
      expect(await ok('rollout status deploy/web --timeout=30s')).toContain('successfully rolled out');
      await ok('wait --for=condition=Available deploy/web --timeout=30s');
      expect(await ok('set image deploy/web web=nginx:2')).toBe('deployment.apps/web image updated\n');
      await ok('rollout status deploy/web --timeout=30s');
      expect((await ok('rollout history deploy/web')).match(/^\d+ /gm)).toHaveLength(2);
      await ok('rollout undo deploy/web');
      await ok('rollout status deploy/web --timeout=30s');
      expect(await field('deploy/web', '.spec.template.spec.containers[0].image')).toBe('nginx:1');
      expect(await ok('scale deploy/web --replicas=3 --current-replicas=2')).toBe(
        'deployment.apps/web scaled\n',
      );
      await ok('wait --for=jsonpath={.status.readyReplicas}=3 deploy/web --timeout=30s');
      await ok('rollout restart deploy/web');
      await ok('rollout status deploy/web --timeout=30s');
      await ok('rollout pause deploy/web');
      expect(await run('rollout restart deploy/web')).toMatchObject({
        code: 1,
        err: expect.stringContaining('paused'),
      });
      await ok('rollout resume deploy/web');
      await ok('autoscale deploy/web --min=1 --max=3 --cpu=50%');
      expect(await ok('expose deploy/web --port=80')).toBe('service/web exposed\n');
      const described = await ok('describe deploy/web');
      expect(described).toContain('3 desired');
      expect(described).toContain('ScalingReplicaSet');
    },
    TIMEOUT_MS,
  );

  test(
    'get prints tables, names, YAML, paths and columns, of one kind or of all',
    async () => {
      expect(await ok('get deploy web')).toMatch(
        /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +3\/3 +3 +3 /,
      );
      expect(await ok('get deploy web -o wide')).toMatch(
        /CONTAINERS +IMAGES +SELECTOR\n.* web +nginx:1 +app=web/,
      );
      expect(await ok('get deploy web -o yaml')).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\n/);
      expect(await ok('get cm p -o custom-columns=N:.metadata.name,C:.data.c')).toMatch(/^N +C\np +3\n$/);
      expect(
        await ok('get pods -l app=web --field-selector=status.phase=Running -o go-template={{.items|len}}'),
      ).toBe('3');
      expect(await ok('get pods --sort-by=.metadata.name --no-headers -A')).toContain('web-');
      expect(await ok('get all')).toContain('replicaset.apps/web-');
      expect(await ok('get deploy,svc,hpa -o name')).toBe(
        'deployment.apps/web\nservice/kubernetes\nservice/web\nhorizontalpodautoscaler.autoscaling/web\n',
      );
      expect(await ok('get cm --chunk-size=1 -o name')).toContain('configmap/p');
      expect(await ok('get --raw /readyz')).toBe('ok');
      expect(await run('get nosuch')).toMatchObject({
        code: 1,
        err: expect.stringContaining('the server doesn\'t have a resource type "nosuch"'),
      });
      expect(await ok('events')).toContain('ScalingReplicaSet');
    },
    TIMEOUT_MS,
  );

  test(
    'get --watch prints changes as they come',
    async () => {
      expect((await run('get cm w --watch')).err).toContain('not found');
      await ok('create -f -', MAP({ n: '1' }, { name: 'w' }));
      const watching = live.watch(kubectl, ['get', 'cm', 'w', '--watch', '-o', 'jsonpath={.data.n} ']);
      for (const n of [1, 2, 3]) {
        await watching.until(`${n} `);
        await ok(`patch cm w --type=merge -p '{"data":{"n":"${n + 1}"}}'`);
      }
      expect(await watching.until('4 ')).toBe('1 2 3 4 ');
      watching.stop();
    },
    TIMEOUT_MS,
  );

  test(
    'debug adds a container to a pod, or makes a copy of the pod',
    async () => {
      const [pod = ''] = (await ok('get pods -l app=web -o name')).split('\n');
      await ok(`debug ${pod} --image=tools --container=d --profile=general --target=web -- true`);
      expect(JSON.parse(await field(pod, '.spec.ephemeralContainers'))).toMatchObject([
        { name: 'd', image: 'tools', targetContainerName: 'web', command: ['true'] },
      ]);
      await ok(`debug ${pod} --image=tools --container=d --copy-to=copy --share-processes -- true`);
      expect(await field('pod/copy', '.spec.containers[*].name')).toBe('web d');
      await ok('delete pod copy --now');
    },
    TIMEOUT_MS,
  );

  test(
    'delete cascades in the background, in the foreground, or not at all',
    async () => {
      const pods = async () => (await ok('get pods -l app=web -o name')).split('\n').filter(Boolean);
      await ok('delete hpa/web svc/web');
      await ok('delete deploy web --cascade=orphan');
      expect(await pods()).toHaveLength(3);
      await ok('apply -f -', DEPLOYMENT());
      await ok('rollout status deploy/web --timeout=30s');
      expect(await ok('delete deploy web --cascade=foreground --timeout=30s')).toContain(
        'deployment.apps "web" deleted',
      );
      expect(await pods()).toHaveLength(0);
      await ok('apply -f -', DEPLOYMENT());
      await ok('rollout status deploy/web --timeout=30s');
      await ok('delete deploy web');
      await ok('wait --for=delete pod -l app=web --timeout=30s');
      expect(await ok('delete cm -l tier=none')).toBe('No resources found\n');
      expect(await ok('delete cm nosuch --ignore-not-found')).toBe('');
      await ok('create namespace gone');
      await ok('create cm -n gone x');
      expect(await ok('delete namespace gone --timeout=30s')).toContain('namespace "gone" deleted');
    },
    TIMEOUT_MS,
  );

  test(
    'says what there is: api-resources, api-versions, explain, auth can-i, version',
    async () => {
      const resources = await ok('api-resources -o wide --no-headers');
      expect(resources).toMatch(
        /^deployments +deploy +apps\/v1 +true +Deployment +create,delete,deletecollection,get,list,patch,update,watch +all$/m,
      );
      expect(await ok('api-resources --namespaced=false -o name')).toContain('nodes\n');
      expect(await ok('api-versions')).toMatch(/^apps\/v1$/m);
      expect(await ok('explain deploy.spec.strategy')).toContain('strategy to use to replace');
      expect(await ok('explain pod --recursive')).toMatch(/ephemeralContainers\s+<\[\]EphemeralContainer>/);
      expect(await ok('auth can-i create pods')).toBe('yes\n');
      expect(await run('auth can-i create pods --as=nobody')).toMatchObject({ code: 1, out: 'no\n' });
      expect(await ok('auth can-i --list --as=nobody')).toContain('selfsubjectreviews.authentication.k8s.io');
      expect(await ok('auth whoami -o json')).toContain('system:masters');
      expect(JSON.parse(await ok('version -o json'))).toMatchObject({
        serverVersion: { major: '1', minor: '36' },
      });
      expect(await run('top pods')).toMatchObject({
        code: 1,
        err: expect.stringContaining('Metrics API not available'),
      });
    },
    TIMEOUT_MS,
  );

  test(
    'nodes are cordoned, tainted and drained by eviction',
    async () => {
      await ok('create deployment guarded --image=x --replicas=2');
      await ok('rollout status deploy/guarded --timeout=30s');
      await ok('create pdb guarded --selector=app=guarded --max-unavailable=2');
      await ok('cordon node-1');
      expect(await ok('get nodes')).toContain('SchedulingDisabled');
      expect(await ok('drain node-1 --ignore-daemonsets --timeout=30s --force')).toContain(
        'node/node-1 drained',
      );
      await ok('uncordon node-1');
      expect(await ok('taint node node-1 a=b:NoSchedule')).toBe('node/node-1 tainted\n');
      await ok('taint node node-1 a-');
      expect(await ok('describe node node-1')).toMatch(/Taints:\s+<none>/);
    },
    TIMEOUT_MS,
  );
}
