import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from './json-parse.ts';
import { DuplicateKeys, RawNumber, readJson } from './json-reader.ts';

const both = { duplicates: true };

test('what JSON.parse reads, the slow reader reads alike', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), value => {
      const text = JSON.stringify(value);
      // Through JSON again: RawNumber and DuplicateKeys write what they stand for.
      expect(JSON.parse(JSON.stringify(readJson(text)))).toEqual(JSON.parse(text));
      expect(JSON.parse(JSON.stringify(parseJson(text, both)))).toEqual(JSON.parse(text));
    }),
  );
});

test('texts that JSON.parse refuses are refused, and no others', () => {
  const near = fc.tuple(
    fc.json({ maxDepth: 2 }),
    fc.nat(),
    fc.constantFrom('', ',', '"', '}', '1', '\\', 'x'),
  );
  fc.assert(
    fc.property(near, ([json, at, insert]) => {
      const i = at % (json.length + 1);
      const text = json.slice(0, i) + insert + json.slice(i + 1);
      let fine = true;
      try {
        JSON.parse(text);
      } catch {
        fine = false;
      }
      if (fine) expect(() => parseJson(text, both)).not.toThrow();
      else expect(() => parseJson(text, both)).toThrow(/^(invalid character|unexpected end)/);
    }),
  );
});

test.each([
  ['', 'unexpected end of JSON input'],
  [' ', 'unexpected end of JSON input'],
  ['{"a": ', 'unexpected end of JSON input'],
  ['}', "invalid character '}' looking for beginning of value"],
  ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
  ["{'a': 1}", "invalid character '\\'' looking for beginning of object key string"],
  ['{"a": 1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a": 1 "b": 2}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['"\u0001"', "invalid character '\\x01' in string literal"],
  ['"\\q"', "invalid character 'q' in string escape code"],
  ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
  ['tru', 'unexpected end of JSON input'],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['01', "invalid character '1' after top-level value"],
  ['-x', "invalid character 'x' in numeric literal"],
  ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ['1ex', "invalid character 'x' in exponent of numeric literal"],
])('%j is refused in Go’s words', (text, message) => {
  expect(() => parseJson(text, both)).toThrow(message);
});

test('keys that occur twice are all kept, in order', () => {
  const value = parseJson('{"a": 1, "b": {"c": 1, "c": 2}, "a": 3}', both);
  expect(value).toBeInstanceOf(DuplicateKeys);
  const entries = (value as DuplicateKeys).entries;
  expect(entries.map(([k]) => k)).toEqual(['a', 'b', 'a']);
  expect(entries[1]?.[1]).toBeInstanceOf(DuplicateKeys);
  expect(parseJson('{"a": 1, "a": 3}', { duplicates: false })).toEqual({ a: 3 });
});

test('numbers whose spelling matters keep it, all others are plain', () => {
  expect(parseJson('[1, -7, 123456789012345]', both)).toEqual([1, -7, 123456789012345]);
  expect(parseJson('[1.0, 1e3, 99999999999999999999]', both)).toEqual([
    new RawNumber('1.0'),
    new RawNumber('1e3'),
    new RawNumber('99999999999999999999'),
  ]);
  // Digits and dots in strings are text.
  expect(parseJson('["1.5", "99999999999999999999", "a\\"1.5"]', both)).toEqual([
    '1.5',
    '99999999999999999999',
    'a"1.5',
  ]);
});

test('halves of surrogate pairs become the replacement character', () => {
  expect(parseJson('"\\ud800"', both)).toBe('\ufffd');
  expect(parseJson('"\\ud83c\\udf89"', both)).toBe('🎉');
});

test('ten thousand levels are read without a stack, one more is refused', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  expect(() => readJson(nested(10_000))).not.toThrow();
  expect(() => parseJson(nested(10_001), both)).toThrow("invalid character '[' exceeded max depth");
});

test('__proto__ is a key like any other', () => {
  const value = readJson('{"__proto__": 1, "x": 1.5}') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(['__proto__', 'x']);
});
