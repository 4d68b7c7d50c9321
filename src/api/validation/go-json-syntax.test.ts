import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonObjectError, jsonSyntaxError } from './go-json-syntax.ts';

test('whatever JSON.parse reads has no syntax error, and the rest has', () => {
  fc.assert(
    fc.property(fc.json(), text => {
      expect(jsonSyntaxError(text)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"0-1.e+ntrufalse\\ '.split('')) }), text => {
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      expect(jsonSyntaxError(text) === undefined).toBe(valid);
    }),
  );
});

test.each([
  ['x', "invalid character 'x' looking for beginning of value"],
  ['not', "invalid character 'o' in literal null (expecting 'u')"],
  ['', 'unexpected end of JSON input'],
  ['{"a":1', 'unexpected end of JSON input'],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['[1 2]', "invalid character '2' after array element"],
])('%j: %s', (text, message) => {
  expect(jsonSyntaxError(text)).toBe(message);
});

test('a list is no object', () => {
  expect(jsonObjectError('[]')).toBe(
    'json: cannot unmarshal array into Go value of type map[string]interface {}',
  );
  expect(jsonObjectError('null')).toBeUndefined();
});
