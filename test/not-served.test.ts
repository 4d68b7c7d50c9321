/**
 * Every operation of v1.36's stable API (facts/operations.json, asked from upstream) is sent to the
 * server. Those it knows no handler for are listed in golden/not-served.txt, each with the reason;
 * `UPDATE=1 npx vitest run --project unit test/not-served.test.ts` writes the list anew.
 *
 * Beside these the public list of endpoints has only the groups of versions that are off by default
 * (internal.apiserver.k8s.io, storagemigration.k8s.io), and /logs/, which upstream serves to no one
 * unless it is told to (--enable-logs-handler).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import operations from '../src/api/facts/operations.json' with { type: 'json' };
import { type Answer, call } from '../src/testing/api-requests.ts';
import { startInProcessCluster } from '../src/testing/in-process-cluster.ts';

const LIST = new URL('golden/not-served.txt', import.meta.url);

/** Why it is so, by what an operation's method and path match; the first that fits stands beside it. */
const REASONS: readonly (readonly [RegExp, string])[] = [];

test('operations of the stable API that are not served are listed, with the reason', async () => {
  await using cluster = await startInProcessCluster();
  const found: string[] = [];
  for (const key of Object.keys(operations)) {
    const [method = '', path = ''] = key.split(' ');
    if (!isServed(await call(cluster.server, method, targetOf(path), requestOf(method)))) found.push(key);
  }
  const text = found.map(key => `${key}  # ${reasonOf(key)}\n`).join('');
  if (process.env['UPDATE']) writeFileSync(LIST, text);
  expect(text).toBe(readFileSync(LIST, 'utf8'));
});

/** Ended at once: a watch only has to begin. */
const ended = AbortSignal.abort();

function requestOf(method: string) {
  const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
  const headers = {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  };
  return { headers, signal: ended, ...(hasBody ? { body: {} } : {}) };
}

/** Of an object that does not exist: that is for the handler to find out. */
function targetOf(path: string): string {
  return path.replace('{namespace}', 'default').replace('{name}', 'none').replace('{path}', 'some/path');
}

/** The router's own answers name nothing. */
function isServed({ status, contentType, text }: Answer): boolean {
  if (status === 405) return false;
  if (status !== 404) return true;
  if (!contentType?.startsWith('application/json')) return false;
  const { details = {} } = JSON.parse(text) as { details?: { name?: string } };
  return details.name !== undefined;
}

function reasonOf(key: string): string {
  return REASONS.find(([pattern]) => pattern.test(key))?.[1] ?? 'not yet';
}
