import { expect, test } from 'vitest';
import { formatReference, namesRegistry, parseReference } from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test.each([
  ['myapp', 'docker.io/library/myapp:latest'],
  ['myapp:v1', 'docker.io/library/myapp:v1'],
  ['team/myapp:v1', 'docker.io/team/myapp:v1'],
  ['localhost/myapp', 'localhost/myapp:latest'],
  ['host:5000/a/b/c:t', 'host:5000/a/b/c:t'],
  ['quay.io/a/b', 'quay.io/a/b:latest'],
  [`myapp@${digest}`, `docker.io/library/myapp@${digest}`],
  [`quay.io/a:v1@${digest}`, `quay.io/a@${digest}`],
])('%s means %s', (short, complete) => {
  expect(formatReference(parseReference(short))).toBe(complete);
  expect(formatReference(parseReference(complete))).toBe(complete);
});

test.each(['', 'UPPER', 'a:b:c', 'a@sha256:123', 'a/', '/a', 'a b', '../a', 'a:'])(
  '"%s" is refused',
  text => {
    expect(() => parseReference(text)).toThrow('Cannot read image reference');
  },
);

test('a name says its registry only when its first part is a host', () => {
  expect(['a', 'a:v1', 'team/a', 'team/a:5000'].map(namesRegistry)).toEqual([false, false, false, false]);
  expect(['quay.io/a', 'localhost/a', 'h:5000/a:1', '192.0.2.1:9/a'].map(namesRegistry)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
