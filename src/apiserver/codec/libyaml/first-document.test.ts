import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYaml, writeYaml, YamlError } from '../yaml.ts';
import { firstDocument } from './first-document.ts';

// The first ones are those of the tests of Go's library (go-yaml v2, decode_test.go).
test.each([
  ['v: [A,', 'line 1: did not find expected node content'],
  ['v:\n- [A,', 'line 2: did not find expected node content'],
  ['a:\n- b: *,', 'line 2: did not find expected alphabetic or numeric character'],
  ['value: -', 'block sequence entries are not allowed in this context'],
  ['a:\n  1:\nb\n  2:', "line 4: could not find expected ':'"],
  ['a: b: c', 'mapping values are not allowed in this context'],
  ['x: 1\na: b: c', 'line 2: mapping values are not allowed in this context'],
  ['a: b\n c: d', 'line 2: mapping values are not allowed in this context'],
  ['a:\n\tb: c', 'line 2: found character that cannot start any token'],
  ['a: @x', 'found character that cannot start any token'],
  ['a: b\n\tc: d', 'line 2: found a tab character that violates indentation'],
  ['a: |\n\tx', 'line 2: found a tab character where an indentation space is expected'],
  ['a: |x\n y', 'did not find expected comment or line break'],
  ['a: [1, 2', "line 1: did not find expected ',' or ']'"],
  ['{a: b', "line 1: did not find expected ',' or '}'"],
  ['{', 'line 1: did not find expected node content'],
  ['}', 'did not find expected node content'],
  ['{"a": 1,,}', 'did not find expected node content'],
  ['a: "b', 'found unexpected end of stream'],
  ["x: 1\na: 'b\n", 'line 3: found unexpected end of stream'],
  ['a: "\\q"', 'found unknown escape character'],
  ['a: "\\xz"', 'did not find expected hexdecimal number'],
  ['- a\nb: c', "line 1: did not find expected '-' indicator"],
  ['a: b\n- c', 'line 1: did not find expected key'],
  ['a:\n   b: c\n  d: e', 'line 2: did not find expected key'],
  ['a: "b" "c"', 'did not find expected key'],
  ['a: ? b', 'mapping keys are not allowed in this context'],
  ['key: value\nkey2', "line 3: could not find expected ':'"],
  ['"a": b, "c": d', 'mapping values are not allowed in this context'],
  ['%FOO bar\n---\na: b', 'found unknown directive name'],
  ['a: b\u0001', 'control characters are not allowed'],
])('of %j Go says %j', (text, problem) => {
  expect(firstDocument(text).problem).toBe(problem);
});

test.each([
  ['a: b\n---\nc: d', { a: 'b' }],
  ['a: b\n...\n{', { a: 'b' }],
  ['---\n---\na: b', null],
  ['{a: b} trailing', { a: 'b' }],
  ['a: 1:30', { a: '1:30' }],
  ['a: .', { a: '.' }],
  ['a: 0o17\nb: 017\nc: -0o1_7', { a: 15, b: 15, c: -15 }],
  ['a: 1.\nb: .5\nc: 1e3', { a: 1, b: 0.5, c: 1000 }],
])('of %j the first document counts, and it is %j', (text, value) => {
  expect(readYaml(text).value).toEqual(value);
});

test('what cannot be read is told in the words of Go', () => {
  const problem = (text: string) => expect(() => readYaml(text), text);
  problem('x: 1\na: b: c').toThrow('yaml: line 2: mapping values are not allowed in this context');
  problem('a: [1, .inf]').toThrow('json: unsupported value: +Inf');
  problem('a: *x').toThrow("yaml: unknown anchor 'x' referenced");
});

test('what is written is read, and nothing is wrong with it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      expect(firstDocument(writeYaml(value)).problem).toBeUndefined();
    }),
  );
});

test('any text is read or refused, and quickly', () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    ':',
    '- ',
    '-',
    '\n',
    '\n  ',
    '\t',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '#',
    ' #',
    '&a ',
    '*a',
    '!x ',
    '? ',
    '---\n',
    '...\n',
    '%',
    '\\',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), pieces => {
      const text = pieces.join('');
      expect(firstDocument(text).end).toBeLessThanOrEqual(text.length);
      try {
        readYaml(text);
      } catch (error) {
        expect(error, text).toBeInstanceOf(YamlError);
      }
    }),
    { numRuns: 2000 },
  );
});
