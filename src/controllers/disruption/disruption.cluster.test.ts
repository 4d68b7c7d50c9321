import { expect, test } from 'vitest';
import { POD_DISRUPTION_BUDGETS, REPLICA_SETS, REPLICATION_CONTROLLERS } from '../../client/resources.ts';
import type { ReplicaSet } from '../../generated/apps-v1.ts';
import type { ReplicationController } from '../../generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../generated/policy-v1.ts';
import { startControllerCluster } from '../../testing/controller-cluster.ts';

const namespace = 'default';
const labels = { app: 'web' };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: 'main', image: 'busyboxplus' }], terminationGracePeriodSeconds: 2 },
};

test('a percentage is of what the owners of the pods want: ReplicaSets and ReplicationControllers', async () => {
  await using cluster = await startControllerCluster();
  const { client, clock } = cluster;
  await client.resource<ReplicaSet>(REPLICA_SETS).create({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace, name: 'set' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { ...labels, from: 'set' } },
      template: { ...template, metadata: { labels: { ...labels, from: 'set' } } },
    },
  });
  const controllers = client.resource<ReplicationController>(REPLICATION_CONTROLLERS);
  const controller = await controllers.create({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { namespace, name: 'controller' },
    spec: {
      replicas: 2,
      selector: { from: 'controller' },
      template: { ...template, metadata: { labels: { ...labels, from: 'controller' } } },
    },
  });
  const budgets = client.resource<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS);
  await budgets.create({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { namespace, name: 'web' },
    spec: { selector: { matchLabels: labels }, minAvailable: '75%' },
  });
  const status = async () => (await budgets.get({ namespace, name: 'web' })).status;
  await clock.advance(5_000);
  expect(await status()).toMatchObject({
    expectedPods: 4,
    currentHealthy: 4,
    desiredHealthy: 3,
    disruptionsAllowed: 1,
  });
  await controllers.patch(
    { namespace, name: controller.metadata.name ?? '' },
    { type: 'merge', body: { spec: { replicas: 6 } } },
  );
  await clock.advance(5_000);
  expect(await status()).toMatchObject({ expectedPods: 8, desiredHealthy: 6, disruptionsAllowed: 2 });
});
