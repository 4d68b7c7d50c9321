import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import {
  DAEMON_SETS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
} from '../../client/resources.ts';
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

const budgetOf = (spec: NonNullable<PodDisruptionBudget['spec']>): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { namespace, name: 'web' },
  spec: { selector: { matchLabels: labels }, ...spec },
});

test('pods without a controller are not counted, and are warned of', async () => {
  await using cluster = await startControllerCluster();
  const { client, clock } = cluster;
  const budgets = client.resource<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS);
  await budgets.create(budgetOf({ maxUnavailable: '50%' }));
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: 'p', labels },
    spec: template.spec,
  };
  await client.resource(PODS).create(pod);
  await clock.advance(5_000);
  expect((await budgets.get({ namespace, name: 'web' })).status).toMatchObject({
    expectedPods: 0,
    currentHealthy: 1,
    disruptionsAllowed: 0,
  });
  expect(await cluster.eventsOf('PodDisruptionBudget', 'web')).toContain(
    'UnmanagedPods Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
  );
});

test('owners that have no scale make the budget fail, until an absolute minimum is given', async () => {
  await using cluster = await startControllerCluster();
  const { client, clock } = cluster;
  const budgets = client.resource<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS);
  await budgets.create(budgetOf({ maxUnavailable: 1 }));
  await client.resource(DAEMON_SETS).create({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace, name: 'ds' },
    spec: { selector: { matchLabels: labels }, template },
  } as KubeObject);
  await clock.advance(5_000);
  const why = 'daemonsets.apps does not implement the scale subresource';
  const { status } = await budgets.get({ namespace, name: 'web' });
  expect(status).toMatchObject({
    disruptionsAllowed: 0,
    conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: why }],
  });
  expect(await cluster.eventsOf('PodDisruptionBudget', 'web')).toContain(
    `CalculateExpectedPodCountFailed Failed to calculate the number of expected pods: ${why}`,
  );
  const body = { spec: { maxUnavailable: null, minAvailable: 0 } };
  await budgets.patch({ namespace, name: 'web' }, { type: 'merge', body });
  await clock.advance(5_000);
  expect((await budgets.get({ namespace, name: 'web' })).status).toMatchObject({
    expectedPods: 1,
    disruptionsAllowed: 1,
    conditions: [{ status: 'True', reason: 'SufficientPods', message: '' }],
  });
});
