import { expect, test } from 'vitest';
import { booleanParameter, requestInfo } from './request-info.ts';

const info = (method: string, target: string) => {
  const [path = '', query = ''] = target.split('?');
  return requestInfo(method, path, new URLSearchParams(query));
};

test.each([
  ['GET', '/api/v1/pods', { verb: 'list', resource: 'pods', namespace: '' }],
  ['GET', '/api/v1/pods?watch=1', { verb: 'watch', resource: 'pods' }],
  ['GET', '/api/v1/namespaces/n/pods/p', { verb: 'get', namespace: 'n', name: 'p' }],
  ['GET', '/api/v1/namespaces/n/pods/p?watch=1', { verb: 'get', name: 'p' }],
  ['POST', '/api/v1/namespaces/n/pods/p/binding', { verb: 'create', name: 'p', subresource: 'binding' }],
  [
    'DELETE',
    '/apis/apps/v1/namespaces/n/deployments',
    { verb: 'deletecollection', group: 'apps', version: 'v1' },
  ],
  ['GET', '/api/v1/namespaces/n', { verb: 'get', resource: 'namespaces', name: 'n', namespace: 'n' }],
  [
    'PUT',
    '/api/v1/namespaces/n/finalize',
    { verb: 'update', resource: 'namespaces', subresource: 'finalize' },
  ],
  ['GET', '/api/v1/watch/namespaces/n/pods', { verb: 'watch', resource: 'pods', namespace: 'n' }],
  ['GET', '/apis/apps/v1', { verb: 'get', resourceRequest: false, path: '/apis/apps/v1' }],
  ['GET', '/version', { verb: 'get', resourceRequest: false }],
])('%s %s asks for %o', (method, target, expected) => {
  expect(info(method, target)).toMatchObject(expected);
});

test.each([
  [null, false],
  ['0', false],
  ['False', false],
  ['', true],
  ['1', true],
  ['yes', true],
])('a flag given as %j is %j', (text, value) => {
  expect(booleanParameter(text)).toBe(value);
});
