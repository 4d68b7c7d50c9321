import { expect, test } from 'vitest';
import { proxyPath } from './proxy-path.ts';

const POD = '/api/v1/namespaces/default/pods/a/proxy';
const NODE = '/api/v1/nodes/proxy/proxy';

test.each([
  [POD, POD, '', ''],
  [`${POD}/`, POD, '/', ''],
  [`${POD}?a=b`, POD, '', '?a=b'],
  [`${POD}/x/y?q=1&q=2`, POD, '/x/y', '?q=1&q=2'],
  [`${POD}/x/`, POD, '/x/', ''],
  [`${POD}//x///y`, POD, '/x/y', ''],
  [`${POD}/../../secrets`, POD, '/secrets', ''],
  [`${POD}/a%2Fb%20c/`, POD, '/a%2Fb%20c/', ''],
  [`${POD}/proxy/x`, POD, '/proxy/x', ''],
  [`${NODE}/stats/summary`, NODE, '/stats/summary', ''],
  [
    '/api/v1/namespaces/x/services/https%3Aa%3Ahttps/proxy/y',
    '/api/v1/namespaces/x/services/https%3Aa%3Ahttps/proxy',
    '/y',
    '',
  ],
])('of %s the backend gets its own part', (target, prefix, path, query) => {
  expect(proxyPath(target, { subresource: 'proxy' })).toEqual({ prefix, path, query });
});
