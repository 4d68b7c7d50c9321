/** What a new cluster has before anybody asks for anything, against upstream's (facts/bootstrap.json). */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { call } from '../../src/testing/api-requests.ts';
import { startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { differences, facts, knownDifferences, sorted } from './differences.ts';

test('a new cluster has the objects that upstream’s has, and no others of their kinds', async () => {
  await using cluster = await startInProcessCluster({ fullBootstrap: true });
  const upstream = facts<Readonly<Record<string, readonly KubeObject[]>>>('bootstrap.json');
  const found: string[] = [];
  for (const [path, objects] of Object.entries(upstream)) {
    const { json } = await call(cluster.server, 'GET', path);
    const items = (json.items ?? []) as readonly KubeObject[];
    const ours = byName(path.endsWith('/flowschemas') ? items.map(withoutStatus) : items);
    // Whether the level is there is told by flow control, once it runs.
    const theirs = path.endsWith('/flowschemas') ? objects.map(withoutStatus) : objects;
    for (const difference of differences(ours, byName(theirs))) found.push(`${path} ${difference}`);
  }
  expect(sorted(found)).toEqual(knownDifferences('bootstrap'));
});

const withoutStatus = ({ status: _, ...object }: KubeObject & { status?: unknown }) => object;

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
