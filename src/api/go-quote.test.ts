import { expect, test } from 'vitest';
import { invalidValue } from './field-error.ts';
import { goQuote } from './go-quote.ts';

test.each([
  ['', '""'],
  ['a "b" \\', '"a \\"b\\" \\\\"'],
  ['\u0000\u0007\t\u007f', '"\\x00\\a\\t\\x7f"'],
  ['é 漢 🎉', '"é 漢 🎉"'],
  ['\u00a0\u2028', '"\\u00a0\\u2028"'],
])('%j is printed as Go prints it', (text, quoted) => {
  expect(goQuote(text)).toBe(quoted);
});

test('field errors quote strings so, and print all else as JSON', () => {
  expect(invalidValue('a', '\u0007', 'x').body).toBe('Invalid value: "\\a": x');
  expect(invalidValue('a', ['\u0007']).body).toBe('Invalid value: ["\\u0007"]');
});
