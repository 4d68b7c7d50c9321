import { expect, test, vi } from 'vitest';
import { CompactedError, revision } from '../../store/contract.ts';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const FORMS = [undefined, 'application/json;as=Table;v=v1;g=meta.k8s.io'];

test.each(FORMS)(
  'a watch from a version that is forgotten begins, and ends with an ERROR event (%s)',
  async accept => {
    await using cluster = await startInProcessCluster();
    const { server } = cluster;
    // As when the store has been compacted and the cache was opened since.
    vi.spyOn(server.core.cache, 'watch').mockRejectedValue(new CompactedError(revision(1), revision(7)));
    const { status, text } = await call(server, 'GET', `${MAPS}?watch=1&resourceVersion=1`, {
      headers: accept ? { accept } : {},
    });
    expect(status).toBe(200);
    expect(text.endsWith('\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'too old resource version: 1 (7)',
        reason: 'Expired',
        code: 410,
      },
    });
  },
);

test('of one object no other is selected', async () => {
  await using cluster = await startInProcessCluster();
  const one = '/api/v1/watch/namespaces/default/configmaps/a';
  const watch = (selector: string) =>
    call(cluster.server, 'GET', `${one}?fieldSelector=${encodeURIComponent(selector)}`);
  for (const selector of ['metadata.name=b', 'metadata.namespace=default', 'metadata.name!=b'])
    expect((await watch(selector)).json).toMatchObject({
      reason: 'BadRequest',
      message: "fieldSelector metadata.name doesn't match requested name",
    });
});
