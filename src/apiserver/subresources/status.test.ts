/** What may not be written to the status of kinds that say little of it. The texts are upstream's. */
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const FLOW = '/apis/flowcontrol.apiserver.k8s.io/v1';
const limited = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const registered = { group: 'x.y', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 };

test.each([
  [
    `${FLOW}/flowschemas`,
    { metadata: { name: 'a' }, spec: { priorityLevelConfiguration: { name: 'exempt' } } },
    { conditions: [{ status: 'True' }] },
    'status.conditions[0].type: Required value: must not be empty',
  ],
  [
    `${FLOW}/prioritylevelconfigurations`,
    { metadata: { name: 'a' }, spec: limited },
    { conditions: [{ type: 'X' }, { type: 'X' }] },
    'status.conditions[1].type: Duplicate value: "X"',
  ],
  [
    '/apis/apiregistration.k8s.io/v1/apiservices',
    { metadata: { name: 'v1.x.y' }, spec: registered },
    { conditions: [{ type: 'X', status: 'bogus' }] },
    'status.conditions[0].status: Unsupported value: "bogus": supported values: "True", "False", "Unknown"',
  ],
  [
    '/api/v1/namespaces/default/persistentvolumeclaims',
    { metadata: { name: 'a' }, spec: claim },
    { capacity: { storage: '-1' }, allocatedResourceStatuses: { cpu: 'NodeResizePending' } },
    '[status.capacity[storage]: Invalid value: -1: must be a valid resource quantity, status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "storage"]',
  ],
])('the status of %s is looked at', async (path, object, status, expected) => {
  await using cluster = await startInProcessCluster();
  const { server } = cluster;
  const made = await call(server, 'POST', path, { body: object });
  expect(made.status).toBe(201);
  const target = `${path}/${object.metadata.name}/status`;
  const answer = await call(server, 'PATCH', target, { body: { status }, headers: MERGE });
  expect(answer.json.message).toContain(`is invalid: ${expected}`);
});
