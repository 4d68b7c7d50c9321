/**
 * The Python client, from Debian's python3-kubernetes, on a cluster without containers. A root test
 * only because the packages of those are installed when it runs.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { startLive } from '../support/live.ts';

/** Debian's: another Python does not see its packages. */
const PYTHON = '/usr/bin/python3';
const script = new URL('python_client.py', import.meta.url).pathname;
const isThere = spawnSync(PYTHON, ['-c', 'import kubernetes']).status === 0;
if (!isThere) console.log(`the test of the Python client is left out: ${PYTHON} has no package kubernetes`);

test.skipIf(!isThere)('the Python client does what its users do with it', async () => {
  const live = await startLive();
  try {
    const out = await live.ok(PYTHON, ['-W', 'ignore', script]);
    const steps = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as [string, unknown]);
    expect(Object.fromEntries(steps)).toEqual({
      'a time is one': true,
      replaced: { a: '2' },
      stale: [409, 'Conflict'],
      missing: [404, 'NotFound'],
      invalid: [422, 'Invalid'],
      deleted: 'Success',
      'JSON patch': { a: '1', b: '2' },
      'strategic patch': { b: '2' },
      'not preloaded': 'ConfigMapList',
      table: 'Table',
      pages: true,
      watched: [
        ['ADDED', '0'],
        ['MODIFIED', '1'],
        ['MODIFIED', '2'],
        ['DELETED', '2'],
      ],
      'ended in time': [],
      scaled: 3,
      ready: 3,
      discovered: ['configmaps', true, true],
      conflict: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      forced: { a: '2' },
      gone: 404,
      leads: true,
      version: ['v1', '36'],
    });
  } finally {
    await live.close();
  }
});
