import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

test('JSON and YAML are read alike', () => {
  const value = { metadata: { name: 'a' }, spec: { replicas: 2, on: true, at: '2020-01-01' } };
  expect(parseConfig(JSON.stringify(value)).value).toEqual(value);
  const yaml = 'metadata: {name: a}\nspec:\n  replicas: 2\n  "on": yes\n  at: 2020-01-01\n';
  expect(parseConfig(yaml).value).toEqual(value);
});

test('A key that occurs twice is told with its line, and the last one counts', () => {
  const { value, duplicates } = parseConfig('kind: ConfigMap\ndata:\n  k: a\n  "k": b\n');
  expect(value).toEqual({ kind: 'ConfigMap', data: { k: 'b' } });
  expect(duplicates).toEqual(['line 4: key "k" already set in map']);
  expect(parseConfig('{"data":{"k":1,"k":2}}')).toEqual({
    value: { data: { k: 2 } },
    duplicates: ['line 1: key "k" already set in map'],
  });
});

test.each(['a: [', '- x', '"x"', '&a [*a]: {', '{"a":'])('%j is refused', text => {
  expect(() => parseConfig(text)).toThrow('error decoding YAML');
});

test('Aliases that would multiply without end are refused', () => {
  const levels = [...Array(9).keys()].map(i => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`);
  expect(() => parseConfig(['a0: &a0 [x]', ...levels].join('\n'))).toThrow('error decoding YAML');
});
