import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYaml, writeYaml, YamlError } from './yaml.ts';

test('keys that a map has twice are told by their lines, in the order of the text; the last counts', () => {
  const text = 'a: 1\nb:\n  x: 1\n  x: 2\na: 3\n"b": 4\n';
  expect(readYaml(text)).toEqual({
    value: { a: 3, b: 4 },
    duplicates: [
      'line 4: key "x" already set in map',
      'line 5: key "a" already set in map',
      'line 6: key "b" already set in map',
    ],
  });
});

test('a map of many keys takes time as it is long, not as its square', () => {
  const keys = 20_000;
  const text = Array.from({ length: keys }, (_, i) => `key${i}: ${i}`).join('\n');
  const { value, duplicates } = readYaml(text);
  expect(Object.keys(value as object)).toHaveLength(keys);
  expect(duplicates).toEqual([]);
});

test('what is no YAML, or too deep, or full of aliases is refused', () => {
  expect(() => readYaml('a: b: c')).toThrow(YamlError);
  expect(() => readYaml('['.repeat(1000))).toThrow('exceeded max depth of 500');
  const laughs = ['a: &a [x, x, x, x, x, x, x, x]'];
  for (const [i, name] of ['b', 'c', 'd', 'e'].entries()) {
    const before = ['a', 'b', 'c', 'd'][i];
    laughs.push(`${name}: &${name} [${Array.from({ length: 8 }, () => `*${before}`).join(', ')}]`);
  }
  expect(() => readYaml(laughs.join('\n'))).toThrow(YamlError);
});

test('what is written is read again', () => {
  const value = { z: ['1', 2, null, true, 'yes', '2026-01-01'], a: { b: 'x: y', c: '' } };
  expect(readYaml(writeYaml(value))).toEqual({ value, duplicates: [] });
});

test('within brackets the indentation of lines means nothing', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('a', 'b'),
        fc.jsonValue({ maxDepth: 3 }).filter(value => !/\de[-+]|<</.test(JSON.stringify(value))),
      ),
      value => {
        const flat = JSON.stringify(value, undefined, 1).replace(/^ +/gm, '');
        expect(readYaml(`a:\n  b:\n    c: ${flat}\n`).value).toEqual({ a: { b: { c: JSON.parse(flat) } } });
      },
    ),
  );
});

test.each([
  ['a:\n  b: "x\ny"', { a: { b: 'x y' } }],
  ["a:\n  b: 'x\n\n  y'", { a: { b: 'x\ny' } }],
  ['a:\n  b: "x\\\ny"', { a: { b: 'xy' } }],
  ['a:\n  b: [\nx\ny, # [\nz\n]\n  c: d', { a: { b: ['x y', 'z'], c: 'd' } }],
  ['a: {\nb: "c\nd"\n}\n---\n[', { a: { b: 'c d' } }],
])('%j is read though it is not indented', (text, value) => {
  expect(readYaml(text).value).toEqual(value);
});

test('lines without indentation take no more memory than they are worth', () => {
  const text = `${' '.repeat(100_000)}a: [\n${'x,\n'.repeat(100_000)}]`;
  expect(() => readYaml(text)).toThrow(YamlError);
});

test('binaries are texts in base64', () => {
  expect(readYaml('a: !!binary aGk=\nb: !!binary |\n  aG\n  k=\n').value).toEqual({ a: 'hi', b: 'hi' });
  expect(() => readYaml('a: !!binary _')).toThrow(/^yaml: !!binary value contains invalid base64 data$/);
});
