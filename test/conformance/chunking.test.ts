/** [sig-api-machinery] Servers with support for API chunking */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../../src/testing/api-requests.ts';
import { type InProcessCluster, startInProcessCluster } from '../../src/testing/in-process-cluster.ts';
import { ask, type KubeList } from './support.ts';

const TOTAL = 400;
const TEMPLATES = '/api/v1/namespaces/default/podtemplates';
const nameOf = (i: number) => `template-${String(i).padStart(4, '0')}`;

let cluster: InProcessCluster;
beforeAll(async () => {
  cluster = await startInProcessCluster();
  const template = { spec: { containers: [{ name: 'test', image: 'test2' }] } };
  await Promise.all(
    Array.from({ length: TOTAL }, (_, i) =>
      ask(cluster.server, 'POST', TEMPLATES, { body: { metadata: { name: nameOf(i) }, template } }),
    ),
  );
});
afterAll(async () => await cluster.close());

const urlOf = (limit: number, token?: string) =>
  `${TEMPLATES}?limit=${limit}${token === undefined ? '' : `&continue=${encodeURIComponent(token)}`}`;
const list = (limit: number, token?: string) => ask<KubeList>(cluster.server, 'GET', urlOf(limit, token));

/** Reads on from `token`. Every page says how many are left, and is of one version. */
async function readOn(found: string[], limits: () => number, token?: string): Promise<string | undefined> {
  let version: string | undefined;
  for (let next = token, first = true; first || next !== undefined; first = false) {
    const limit = limits();
    const page = await list(limit, next);
    expect(page.items.length).toBeLessThanOrEqual(limit);
    version ??= page.metadata.resourceVersion;
    expect(page.metadata.resourceVersion).toBe(version);
    found.push(...page.items.map(item => item.metadata.name ?? ''));
    next = page.metadata.continue;
    const left = TOTAL - found.length;
    expect(page.metadata.remainingItemCount).toBe(next === undefined ? undefined : left);
  }
  return version;
}

const all = Array.from({ length: TOTAL }, (_, i) => nameOf(i));

test('API Chunking, server should return chunks of results for list calls, each of the first page’s version, and say how many are left', async () => {
  for (const limits of [[1, 39], [40], [7, 23, 13]]) {
    const found: string[] = [];
    let page = 0;
    await readOn(found, () => limits[page++ % limits.length] ?? 1);
    expect(found).toEqual(all);
  }
  const whole = await list(TOTAL + 1);
  expect(whole.items.map(item => item.metadata.name)).toEqual(all);
  expect(whole.metadata.continue).toBeUndefined();
});

test('API Chunking, server should support continue listing from the last key even if the original version has been compacted away, at a newer version that it names', async () => {
  const limit = TOTAL / 10;
  const first = await list(limit);
  expect(first.metadata.remainingItemCount).toBe(TOTAL - limit);
  // Time goes on, and what was is forgotten.
  await ask(cluster.server, 'POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name: 'x' } },
  });
  await cluster.store.compact(cluster.store.currentRevision());
  const expired = await call(cluster.server, 'GET', urlOf(limit, first.metadata.continue));
  expect([expired.status, expired.json.reason]).toEqual([410, 'Expired']);
  const inconsistent = expired.json.metadata.continue ?? '';
  expect(inconsistent).not.toBe('');
  const found = first.items.map(item => item.metadata.name ?? '');
  const version = await readOn(found, () => limit, inconsistent);
  expect(version).not.toBe(first.metadata.resourceVersion);
  expect(found).toEqual(all);
});
