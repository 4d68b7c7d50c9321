import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { silentLogger } from '../../base/log.ts';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../../client/resources.ts';
import type { Service } from '../../generated/core-v1.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { keepKubernetesService } from './keep-kubernetes-service.ts';

const KUBERNETES = { namespace: 'default', name: 'kubernetes' };

test('the Service kubernetes and what leads to the server come back when they are deleted', async () => {
  const clock = virtualClock();
  await using cluster = await startInProcessCluster({ clock, fullBootstrap: true });
  const client = cluster.client();
  const objects = [client.resource(SERVICES), client.resource(ENDPOINTS), client.resource(ENDPOINT_SLICES)];
  const get = () => Promise.all(objects.map(resource => resource.get(KUBERNETES)));
  const before = await get();
  const end = new AbortController();
  const endpoint = { address: '192.0.2.1', port: 6443, clusterIp: '10.96.0.1' };
  const running = keepKubernetesService(
    { core: cluster.server.core, endpoint, log: silentLogger },
    end.signal,
  );
  await clock.settle();
  for (const resource of objects) await resource.delete(KUBERNETES);
  await clock.advance(2_000);
  const content = ({ metadata, ...rest }: KubeObject) => ({ ...rest, labels: metadata.labels });
  const after = await get();
  expect(after.map(content)).toEqual(before.map(content));
  expect(after[0]?.metadata.uid).not.toBe(before[0]?.metadata.uid);
  expect((after[0] as Service).spec.clusterIP).toBe('10.96.0.1');
  // Idling costs nothing.
  expect(clock.pending).toBe(0);
  end.abort();
  await running;
});
