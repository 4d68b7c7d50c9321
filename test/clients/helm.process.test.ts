/**
 * Helm of two versions through the life of a release: install, upgrade, roll back, uninstall, with
 * hooks, a chart's own test, and what it does when something fails. Pods have no containers here;
 * test/pod.root.test.ts installs the same chart on a real node.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesMinor } from '../../src/cluster/kubectl/packaged-program.ts';
import { call } from '../../src/testing/api-requests.ts';
import { startLiveCluster } from '../../src/testing/live-cluster.ts';
import { clientTool, whyNoClientTools } from '../support/client-tools.ts';
import { type Live, type Ran, startLive } from '../support/live.ts';

const CHART = new URL('../charts/web', import.meta.url).pathname;
const TIMEOUT_MS = 120_000;

if (whyNoClientTools) console.log(`tests of helm are left out: ${whyNoClientTools}`);

// Both at once, each test after the other: they mostly wait for their programs.
const options = { concurrent: true, skip: whyNoClientTools !== undefined };

describe.each(['v36', 'v35'] as const)('helm of %s', options, minor => {
  describe('in order', { sequential: true }, () => life(minor));
});

function life(minor: KubernetesMinor): void {
  let live: Live;
  let helm = '';
  beforeAll(async () => {
    // Jobs' pods and the chart's test end by themselves; the others stay.
    live = await startLive(dir =>
      startLiveCluster(dir, {
        exits: pod => (pod.spec.restartPolicy === 'Never' ? { afterMs: 0, phase: 'Succeeded' } : undefined),
      }),
    );
    helm = await clientTool(minor, 'helm');
  }, TIMEOUT_MS);
  afterAll(() => live?.close());

  const ok = (...args: string[]) => live.ok(helm, args);
  const run = (...args: string[]): Promise<Ran> => live.run(helm, args);
  const get = async (path: string) => {
    const { status, text } = await call(live.dev.server, 'GET', path);
    return {
      status,
      object: JSON.parse(text) as {
        data: Record<string, string>;
        spec: Record<string, unknown>;
        status: Record<string, unknown>;
      },
    };
  };
  const MAP = '/api/v1/namespaces/apps/configmaps/one-web';
  /** Of everything of the release, and of what helm remembers of it. */
  const versions = async () => {
    const lists = await Promise.all(
      ['api/v1/*/configmaps', 'api/v1/*/secrets', 'api/v1/*/services', 'apis/apps/v1/*/deployments'].map(
        path => get(`/${path.replace('*', 'namespaces/apps')}`),
      ),
    );
    return lists.flatMap(({ object }) =>
      (object as unknown as { items: { metadata: object }[] }).items.map(i => i.metadata),
    );
  };
  const DEPLOYMENT = '/apis/apps/v1/namespaces/apps/deployments/one-web';

  test(
    'installs a chart, in a namespace it makes, and waits until all is ready',
    async () => {
      const out = await ok(
        'install',
        'one',
        CHART,
        '-n',
        'apps',
        '--create-namespace',
        '--wait',
        '--timeout=60s',
      );
      expect(out).toContain('STATUS: deployed');
      expect(out).toContain('one says hello, 2 times, in apps.');
      expect((await get(MAP)).object.data).toEqual({ greeting: 'hello', revision: '1' });
      expect((await get(DEPLOYMENT)).object.status).toMatchObject({ readyReplicas: 2, updatedReplicas: 2 });
      // The hook ran before, and is kept.
      expect((await get('/apis/batch/v1/namespaces/apps/jobs/one-migrate')).object.status).toMatchObject({
        succeeded: 1,
      });
      expect(JSON.parse(await ok('list', '-n', 'apps', '-o', 'json'))).toMatchObject([
        { name: 'one', revision: '1', status: 'deployed', chart: 'web-0.1.0' },
      ]);
      expect(await ok('get', 'manifest', 'one', '-n', 'apps')).toContain('kind: Deployment');
    },
    TIMEOUT_MS,
  );

  test(
    'refuses a release that there is already, and a chart that is not valid',
    async () => {
      expect(await run('install', 'one', CHART, '-n', 'apps')).toMatchObject({
        code: 1,
        err: expect.stringMatching(/cannot re-?use a name that is still in use/),
      });
      const bad = await run('install', 'bad', CHART, '-n', 'apps', '--set', 'replicas=-1');
      expect(bad).toMatchObject({
        code: 1,
        err: expect.stringContaining('must be greater than or equal to 0'),
      });
      await ok('uninstall', 'bad', '-n', 'apps');
    },
    TIMEOUT_MS,
  );

  test(
    'upgrades, shows the history, and rolls back',
    async () => {
      await ok(
        'upgrade',
        'one',
        CHART,
        '-n',
        'apps',
        '--set',
        'greeting=servus,replicas=3',
        '--wait',
        '--timeout=60s',
      );
      expect((await get(MAP)).object.data).toEqual({ greeting: 'servus', revision: '2' });
      expect((await get(DEPLOYMENT)).object.status).toMatchObject({ readyReplicas: 3, updatedReplicas: 3 });
      await ok('rollback', 'one', '1', '-n', 'apps', '--wait', '--timeout=60s');
      expect((await get(MAP)).object.data['greeting']).toBe('hello');
      expect((await get(DEPLOYMENT)).object.spec).toMatchObject({ replicas: 2 });
      const history = JSON.parse(await ok('history', 'one', '-n', 'apps', '-o', 'json')) as {
        status: string;
      }[];
      expect(history.map(h => h.status)).toEqual(['superseded', 'superseded', 'deployed']);
    },
    TIMEOUT_MS,
  );

  test(
    'puts back what somebody else changed',
    async () => {
      await call(live.dev.server, 'PATCH', MAP, {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { data: { greeting: 'changed' } },
      });
      const { code, err } = await run('upgrade', 'one', CHART, '-n', 'apps', '--set', 'greeting=moin');
      // Helm 4 applies on the server, which tells of the conflict; forced, it wins.
      if (code !== 0) {
        expect(err).toContain('conflict');
        await ok('upgrade', 'one', CHART, '-n', 'apps', '--set', 'greeting=moin', '--force-conflicts');
      }
      expect((await get(MAP)).object.data['greeting']).toBe('moin');
    },
    TIMEOUT_MS,
  );

  test(
    'runs the chart’s own test, renders without a change, and tells the status',
    async () => {
      expect(await ok('test', 'one', '-n', 'apps', '--timeout=60s')).toMatch(/Phase:\s+Succeeded/);
      const before = await versions();
      expect(await ok('upgrade', 'one', CHART, '-n', 'apps', '--dry-run=server')).toContain('kind: Service');
      expect(await ok('template', 'x', CHART, '--validate')).toContain('kind: Secret');
      expect(await versions()).toEqual(before);
      expect(JSON.parse(await ok('status', 'one', '-n', 'apps', '-o', 'json'))).toMatchObject({
        info: { status: 'deployed' },
      });
    },
    TIMEOUT_MS,
  );

  test(
    'uninstalls everything it made, and waits for the end',
    async () => {
      await ok('uninstall', 'one', '-n', 'apps', '--wait', '--timeout=60s', '--cascade=foreground');
      expect((await get(DEPLOYMENT)).status).toBe(404);
      expect((await get(MAP)).status).toBe(404);
      const pods = (await get('/api/v1/namespaces/apps/pods?labelSelector=app.kubernetes.io/instance%3Done'))
        .object as unknown as { items: unknown[] };
      expect(pods.items).toEqual([]);
      expect(await ok('list', '-n', 'apps', '-q')).toBe('');
    },
    TIMEOUT_MS,
  );
}
