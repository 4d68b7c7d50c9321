/** What a new cluster has before anybody asks for anything, against upstream's (facts/bootstrap.json). */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { differences, facts, knownDifferences, sorted } from './differences.ts';

test('a new cluster has the objects that upstream’s has, and no others of their kinds', async () => {
  await using cluster = await startInProcessCluster({ fullBootstrap: true });
  const upstream = facts<Readonly<Record<string, readonly KubeObject[]>>>('bootstrap.json');
  const found: string[] = [];
  await flowSchemasAreTold(cluster);
  for (const [path, objects] of Object.entries(upstream)) {
    const { json } = await call(cluster.server, 'GET', path);
    const ours = byName((json.items ?? []) as readonly KubeObject[]);
    for (const difference of differences(ours, byName(objects))) found.push(`${path} ${difference}`);
  }
  expect(sorted(found)).toEqual(knownDifferences('bootstrap'));
});

/** Whether a schema's level is there is written behind the objects: a few turns later. */
async function flowSchemasAreTold({ server }: InProcessCluster): Promise<void> {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
  const without = async () => {
    const { json } = await call(server, 'GET', path);
    return json.items?.filter(o => !(o.status as { conditions?: unknown } | undefined)?.conditions) ?? [];
  };
  for (let turns = 0; turns < 1000 && (await without()).length > 0; turns++)
    await new Promise(resolve => setImmediate(resolve));
}

/** Without what each server writes for itself. */
function byName(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map(({ metadata, ...object }) => {
      const { namespace = '', name = '', labels, annotations } = metadata;
      return [`${namespace}/${name}`, { ...withoutTimes(object), metadata: { labels, annotations } }];
    }),
  );
}

function withoutTimes(value: unknown): object {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      key === 'lastTransitionTime' || key === 'since' ? undefined : item,
    ),
  ) as object;
}
