import { expect, test } from 'vitest';
import { rewriteLink } from './rewrite-link.ts';

const prefix = '/api/v1/namespaces/default/pods/a/proxy';
const context = { prefix, ownHosts: ['10.1.2.3', '10.1.2.3:80', 'api.example:6443'] };

test.each([
  ['/', `${prefix}/`],
  ['/css/a.css?v=1#top', `${prefix}/css/a.css?v=1#top`],
  ['http://10.1.2.3:80/x', `${prefix}/x`],
  ['https://api.example:6443/x/', `${prefix}/x/`],
  ['//10.1.2.3/x', `${prefix}/x`],
  [' /x ', `${prefix}/x`],
  ['/a/../b//c/', `${prefix}/b/c/`],
  [`${prefix}/x`, `${prefix}/x`],
  ['http://10.1.2.3//evil.example/x', `${prefix}/evil.example/x`],
])('%s leads through the proxy: %s', (link, expected) => {
  expect(rewriteLink(link, context)).toBe(expected);
});

test.each([
  'x/y',
  '../x',
  '?q=1',
  '#top',
  '',
  'http://elsewhere.example/x',
  '//elsewhere.example/x',
  'mailto:a@b.example',
  'javascript:alert(1)',
  'data:text/plain,/x',
  'ftp://10.1.2.3/x',
])('%s stays as it is', link => {
  expect(rewriteLink(link, context)).toBe(link);
});
