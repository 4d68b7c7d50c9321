import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const STATUSES = '/api/v1/componentstatuses';
const PARTS = [
  { name: 'scheduler', problem: () => undefined },
  { name: 'etcd-0', problem: () => 'the disk is full' },
];
const healthy = (status: string, message: string) => [{ type: 'Healthy', status, message }];

test('the parts of the cluster say themselves how they are', async () => {
  await using cluster = await startInProcessCluster({ components: () => PARTS });
  const get = async (path: string, accept = 'application/json') =>
    await call(cluster.server, 'GET', path, { headers: { accept } });
  expect((await get(STATUSES)).json).toEqual({
    kind: 'ComponentStatusList',
    apiVersion: 'v1',
    metadata: {},
    items: [
      { metadata: { name: 'scheduler' }, conditions: healthy('True', 'ok') },
      { metadata: { name: 'etcd-0' }, conditions: healthy('False', 'the disk is full') },
    ],
  });
  expect((await get(`${STATUSES}/etcd-0`)).json).toEqual({
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name: 'etcd-0' },
    conditions: healthy('False', 'the disk is full'),
  });
  const one = await get(`${STATUSES}?fieldSelector=metadata.name%3Dscheduler`);
  expect(one.json).toMatchObject({ items: [{ metadata: { name: 'scheduler' } }] });
  const missing = await get(`${STATUSES}/none`);
  expect([missing.status, missing.json.message]).toEqual([404, 'componentstatus "none" not found']);
  const table = await get(STATUSES, 'application/json;as=Table;v=v1;g=meta.k8s.io');
  expect(table.json.rows?.map(row => row.cells)).toEqual([
    ['scheduler', 'Healthy', 'ok', ''],
    ['etcd-0', 'Unhealthy', 'the disk is full', ''],
  ]);
  const metadata = await get(STATUSES, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
  expect(metadata.json).toMatchObject({ items: [{ metadata: { name: 'scheduler' } }, {}] });
  expect((await get(STATUSES, 'application/vnd.kubernetes.protobuf')).status).toBe(200);
});
