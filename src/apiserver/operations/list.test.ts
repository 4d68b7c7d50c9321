import fc from 'fast-check';
import { expect, test } from 'vitest';
import { call } from '../../testing/api-requests.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };

const selectors = fc.constantFrom(
  '',
  'labelSelector=on%3Dyes',
  'labelSelector=on%21%3Dyes',
  'labelSelector=missing',
  'fieldSelector=metadata.name%21%3Db',
  'labelSelector=on%3Dyes&fieldSelector=metadata.name%3Da',
);
const labels = fc.dictionary(fc.constantFrom('a', 'ab', 'b', 'c', 'd', 'e'), fc.constantFrom('yes', 'no'));
const limits = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 });

test('pages of any size are together what the whole list was, whatever is written meanwhile', async () => {
  await using cluster = await startInProcessCluster();
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    call(cluster.server, method, path, { body, headers });
  let round = 0;
  await fc.assert(
    fc.asyncProperty(selectors, labels, labels, limits, async (selector, objects, changes, sizes) => {
      const namespace = `n${round++}`;
      await send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const create = (name: string, on: string) => send('POST', path, { metadata: { name, labels: { on } } });
      for (const [name, on] of Object.entries(objects)) await create(name, on);
      const { json: whole } = await send('GET', `${path}?${selector}`);

      /** Of each: it comes into being, gets another label, or goes. */
      const waiting = Object.entries(changes);
      const change = async () => {
        const [name, on] = waiting.pop() ?? [];
        if (name === undefined || on === undefined) return;
        if (!(name in objects)) await create(name, on);
        else if (on === objects[name]) await send('DELETE', `${path}/${name}`);
        else await send('PATCH', `${path}/${name}`, { metadata: { labels: { on } } }, MERGE);
      };

      const items: unknown[] = [];
      let token = '';
      for (let page = 0; page === 0 || token !== ''; page++) {
        const limit = sizes[page % sizes.length] ?? 1;
        const { json } = await send('GET', `${path}?${selector}&limit=${limit}&continue=${token}`);
        token = json.metadata.continue ?? '';
        const count = json.items?.length ?? 0;
        items.push(...(json.items ?? []));
        if (token !== '') expect(count).toBe(limit);
        const remaining = (whole.items?.length ?? 0) - items.length;
        expect(json.metadata.remainingItemCount).toBe(token && !selector ? remaining : undefined);
        expect(json.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
        await change();
      }
      expect(items).toEqual(whole.items);
      const version = whole.metadata.resourceVersion;
      const then = await send(
        'GET',
        `${path}?${selector}&resourceVersion=${version}&resourceVersionMatch=Exact`,
      );
      expect(then.json).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});
