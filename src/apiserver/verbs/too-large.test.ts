import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MEBIBYTE = 1 << 20;
const templateOf = (mebibytes: number) => ({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: 'a' },
  template: { spec: { containers: [{ name: 'a', image: 'b', args: ['x'.repeat(mebibytes * MEBIBYTE)] }] } },
});

test.each([
  [1.6, /^etcdserver: request is too large$/],
  [2.1, /^rpc error: .* trying to send message larger than max \(22\d{5} vs\. 2097152\)$/],
])('an object of %s MiB is refused in the words of etcd, where it would be stored', async (size, message) => {
  await using cluster = await startInProcessCluster();
  const send = (query: string) =>
    call(cluster.server, 'POST', `/api/v1/namespaces/default/podtemplates${query}`, {
      body: templateOf(size),
    });
  expect((await send('?dryRun=All')).status).toBe(201);
  const { status, json } = await send('');
  expect(json).toMatchObject({
    kind: 'Status',
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: expect.stringMatching(message),
  });
  expect(status).toBe(413);
});
