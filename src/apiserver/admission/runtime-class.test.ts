import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const CLASSES = '/apis/node.k8s.io/v1/runtimeclasses';
const PODS = '/api/v1/namespaces/default/pods?dryRun=All';
const pod = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const sandboxed = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'sandboxed' },
  handler: 'vm',
  overhead: { podFixed: { cpu: '250m' } },
  scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
};

test('a pod gets the overhead and the node selector of its runtime class', async () => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  await call(server, 'POST', '/api/v1/namespaces/default/serviceaccounts', {
    body: { metadata: { name: 'default' } },
  });
  await call(server, 'POST', CLASSES, { body: sandboxed });
  const answer = (spec: object) => call(server, 'POST', PODS, { body: pod(spec) });
  const created = await answer({ runtimeClassName: 'sandboxed', nodeSelector: { disk: 'ssd' } });
  expect(created.json.spec).toMatchObject({
    overhead: { cpu: '250m' },
    nodeSelector: { disk: 'ssd', vm: 'yes' },
  });
  expect(created.json.spec?.tolerations).toContainEqual({ key: 'vm', operator: 'Exists' });
  const refusals = [
    [{ runtimeClassName: 'none' }, 'RuntimeClass "none" not found'],
    [{ overhead: { cpu: '1' } }, 'Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [
      { runtimeClassName: 'sandboxed', overhead: { cpu: '1' } },
      "Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [{ runtimeClassName: 'sandboxed', nodeSelector: { vm: 'no' } }, 'pod.spec.nodeSelector[vm] = no'],
  ] as const;
  for (const [spec, why] of refusals) {
    const { status, json } = await answer(spec);
    expect(status).toBe(403);
    expect(json.message).toContain(why);
  }
});
