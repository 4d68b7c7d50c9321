import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { Deployment, ReplicaSet } from '../../generated/apps-v1.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';
import { isReady } from '../pod-management/pod-state.ts';

const web = { namespace: 'default', name: 'web' };

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 6_000 }),
  action: fc.oneof(
    fc.record({ scale: fc.nat(6) }),
    fc.record({ image: fc.constantFrom('v1', 'v2', 'v3', 'broken') }),
    fc.record({ pause: fc.boolean() }),
    fc.record({ kill: fc.nat(5) }),
  ),
});
const strategy = fc.constantFrom(
  { type: 'Recreate' },
  { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
  { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: '50%' } },
  { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: '100%' } },
);

test('whatever is done to a Deployment, it comes to what it says, and to rest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), strategy, async (steps, how) => {
      await using cluster = await startControllerCluster({
        readyAfterMs: pod => (pod.spec.containers[0]?.image === 'broken' ? undefined : 700),
      });
      const { client, clock } = cluster;
      const deployments = client.resource<Deployment>(DEPLOYMENTS);
      const pods = client.resource<Pod>(PODS);
      const change = (spec: object) => deployments.patch(web, { type: 'strategic', body: { spec } });
      const template = (image: string) => ({
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image }], terminationGracePeriodSeconds: 2 },
      });
      await deployments.create({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { ...web },
        spec: {
          replicas: 3,
          strategy: how,
          selector: { matchLabels: { app: 'web' } },
          template: template('v1'),
        },
      });
      for (const { afterMs, action } of steps) {
        await clock.advance(afterMs);
        if ('scale' in action) await change({ replicas: action.scale });
        else if ('image' in action) await change({ template: template(action.image) });
        else if ('pause' in action) await change({ paused: action.pause });
        else {
          const victim = (await cluster.list<Pod>(PODS, 'default'))[action.kill];
          if (victim) await pods.delete({ namespace: 'default', name: victim.metadata.name ?? '' });
        }
      }
      await change({ paused: false, template: template('last') });
      await clock.advance(120_000);

      const { spec, status, metadata } = await deployments.get(web);
      const wanted = spec.replicas ?? 0;
      const running = await cluster.list<Pod>(PODS, 'default');
      expect(running.map(pod => pod.spec.containers[0]?.image)).toEqual(Array(wanted).fill('last'));
      expect(running.every(isReady)).toBe(true);
      expect(status?.observedGeneration).toBe(metadata.generation);
      expect(status?.availableReplicas ?? 0).toBe(wanted);
      expect(status?.unavailableReplicas ?? 0).toBe(0);
      const inUse = (await cluster.list<ReplicaSet>(REPLICA_SETS, 'default')).filter(
        set => set.spec.replicas,
      );
      expect(inUse.length).toBeLessThanOrEqual(1);
      expect(cluster.driver.health().filter(({ failed }) => failed > 0)).toEqual([]);
      await clock.advance(700_000);
      const before = (await deployments.get(web)).metadata.resourceVersion;
      await clock.advance(60_000);
      expect((await deployments.get(web)).metadata.resourceVersion).toBe(before);
    }),
    { numRuns: 6 },
  );
}, 60_000);
