import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

test("a namespace's finalizers are replaced as a whole, and are names", async () => {
  await using cluster = await startInProcessCluster();
  const finalize = (finalizers: readonly string[]) =>
    call(cluster.server, 'PUT', '/api/v1/namespaces/default/finalize', {
      body: { metadata: { name: 'default' }, spec: { finalizers } },
    });
  const wrong = await finalize(['kubernetes', 'bad']);
  expect(wrong.json.message).toBe(
    'Namespace "default" is invalid: spec.finalizers[1]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified',
  );
  const right = await finalize(['example.com/mine', 'orphan']);
  expect(right.json.spec).toEqual({ finalizers: ['example.com/mine', 'orphan'] });
});
