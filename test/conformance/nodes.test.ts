/** [sig-architecture] Conformance Tests */
import { expect, test } from 'vitest';
import { rfc3339, rfc3339Micro } from '../../src/base/clock.ts';
import { LEASES, NODES } from '../../src/client/resources.ts';
import type { Lease } from '../../src/generated/coordination-v1.ts';
import type { Node } from '../../src/generated/core-v1.ts';
import { type ControllerCluster, startControllerCluster } from '../../src/testing/controller-cluster.ts';

/** Joins as a kubelet does: with a taint until it is ready. It says so once, and nothing after. */
async function join(cluster: ControllerCluster, name: string): Promise<void> {
  const { client, clock } = cluster;
  const nodes = client.resource<Node>(NODES);
  const node = await nodes.create({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} });
  await client.resource<Lease>(LEASES).create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-node-lease', name },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(clock.now()) },
  });
  const lastHeartbeatTime = rfc3339(clock.now());
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime };
  await nodes.updateStatus({ ...node, status: { conditions: [ready] } });
}

/** Ready, schedulable and without a taint that keeps pods away. */
async function untainted(cluster: ControllerCluster): Promise<readonly string[]> {
  const fit = (await cluster.list<Node>(NODES)).filter(
    ({ spec, status }) =>
      !spec?.unschedulable &&
      !spec?.taints?.some(taint => taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True'),
  );
  return fit.map(node => node.metadata.name ?? '').sort();
}

test('Conformance tests minimum number of nodes.: a second node that joins is untainted, like the first, until it falls silent', async () => {
  await using cluster = await startControllerCluster();
  await join(cluster, 'node-2');
  await cluster.clock.advance(5_000);
  expect(await untainted(cluster)).toEqual(['node-1', 'node-2']);
  await cluster.clock.advance(120_000);
  expect(await untainted(cluster)).toEqual(['node-1']);
});
