import { expect, test } from 'vitest';
import { ownOptions } from './kubectl.ts';

test.each([
  [['get', 'pods', '--name', 'x'], {}, ['get', 'pods', '--name', 'x']],
  [['--name', 'c', 'get', 'pods'], { name: 'c' }, ['get', 'pods']],
  [['--data-dir=/d', '--name=c', '--', '--help'], { 'data-dir': '/d', name: 'c' }, ['--help']],
  [[], {}, []],
])('%s: options in front are ours, the rest is kubectl’s', (words, values, rest) => {
  expect(ownOptions(words)).toEqual({ values, rest });
});
