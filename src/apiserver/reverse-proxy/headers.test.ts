import { expect, test } from 'vitest';
import type { RawRequest } from '../request.ts';
import { requestHeaders, responseHeaders } from './headers.ts';

const path = { prefix: '/api/v1/nodes/n/proxy', path: '/x', query: '?q=1' };
const raw = (headers: RawRequest['headers'], rest: Partial<RawRequest> = {}): RawRequest => ({
  target: '/',
  headers,
  host: 'api.example:6443',
  body: undefined,
  remoteAddress: '192.0.2.7',
  ...rest,
});

test('the backend gets the headers as sent, without credentials and those of the connection', () => {
  const headers = requestHeaders(
    raw([
      ['Authorization', 'Bearer secret'],
      ['Impersonate-User', 'x'],
      ['Impersonate-Extra-a', 'x'],
      ['Connection', 'keep-alive, X-Mine'],
      ['X-Mine', '1'],
      ['Te', 'trailers'],
      ['X-Forwarded-Uri', '/lie'],
      ['Accept', 'a/b'],
      ['X-Twice', '1'],
      ['X-Twice', '2'],
      ['Cookie', 'c=1'],
    ]),
    path,
  );
  expect(headers).toEqual([
    ['Host', 'api.example:6443'],
    ['Accept', 'a/b'],
    ['X-Twice', '1'],
    ['X-Twice', '2'],
    ['Cookie', 'c=1'],
    ['X-Forwarded-For', '192.0.2.7'],
    ['X-Forwarded-Uri', '/api/v1/nodes/n/proxy/x'],
    ['X-Forwarded-Host', 'api.example:6443'],
    ['X-Forwarded-Proto', 'https'],
    ['Connection', 'keep-alive'],
  ]);
});

test('a proxy before this server is passed on', () => {
  const sent = raw([
    ['X-Forwarded-For', '198.51.100.1'],
    ['X-Forwarded-Host', 'outer.example'],
    ['X-Forwarded-Proto', 'http'],
  ]);
  const headers = Object.fromEntries(requestHeaders(sent, path));
  expect(headers['X-Forwarded-For']).toBe('198.51.100.1, 192.0.2.7');
  expect(headers['X-Forwarded-Host']).toBe('outer.example');
  expect(headers['X-Forwarded-Proto']).toBe('http');
});

test('an upgrade is asked for again, and a token among its protocols is not', () => {
  const sent = raw([
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.c2VjcmV0, chat'],
  ]);
  const headers = Object.fromEntries(requestHeaders(sent, path, 'websocket'));
  expect(headers).toMatchObject({
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Protocol': 'chat',
  });
});

test('answers lose what is about their connection, and CORS', () => {
  const headers = [
    'Set-Cookie',
    'a=1',
    'Set-Cookie',
    'b=2',
    'Connection',
    'close, X-A',
    'X-A',
    '1',
    'ETag',
    '"e"',
    'Access-Control-Allow-Origin',
    '*',
    'Transfer-Encoding',
    'chunked',
  ];
  expect(responseHeaders(headers)).toEqual({ 'set-cookie': ['a=1', 'b=2'], etag: '"e"' });
});
