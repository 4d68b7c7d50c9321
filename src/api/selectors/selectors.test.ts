import { expect, test } from 'vitest';
import { matchesFields, parseFieldSelector } from './fields.ts';
import { matchesLabels, parseLabelSelector } from './labels.ts';

test.each([
  ['a=1', { a: '1' }, true],
  ['a==1,b', { a: '1', b: '' }, true],
  ['!a', { a: '1' }, false],
  ['a!=1', {}, true],
  ['a in (1,2),b notin (x)', { a: '2' }, true],
  ['n>3', { n: '4' }, true],
  ['n>3', { n: 'four' }, false],
  ['a=', { a: '' }, true],
  ['', {}, true],
])('label selector %j on %j is %j', (selector, labels, matches) => {
  expect(matchesLabels(parseLabelSelector(selector), labels as Record<string, string>)).toBe(matches);
});

test.each([
  ['n in (1', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['=x', "found '=', expected: !, identifier, or 'end of string'"],
  ['!', "unable to parse requirement: found '', expected: identifier"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['odd=tr ue', "found 'ue', expected: ',' or 'end of string'"],
  ['a in x', "unable to parse requirement: found 'x' expected: '('"],
  ['a in (', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['a in (=)', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
  ['a in (b,', "unable to parse requirement: found '', expected: ',', or identifier"],
  ['a in (,,)', "unable to parse requirement: found ')', expected: ',', or identifier"],
  ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
  [
    'n>99999999999999999999',
    `unable to parse requirement: values[0]: Invalid value: "99999999999999999999": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
])('label selector %j is refused as upstream does', (selector, message) => {
  expect(() => parseLabelSelector(selector)).toThrow(message);
});

test('all values that are wrong are told, in order', () => {
  expect(() => parseLabelSelector('a in (-y,b,-x)')).toThrow(
    /^unable to parse requirement: \[values\[0\]\[a\]: Invalid value: "-x": .*, values\[1\]\[a\]: Invalid value: "-y": .*\]$/,
  );
  expect(() => parseLabelSelector('n>+5')).toThrow(
    /^unable to parse requirement: values\[0\]\[n\]: Invalid value: "\+5": a valid label/,
  );
});

test.each(['a in ()', 'a in (,)', 'a in (b,)', 'a in (,b)', 'a in (b,,c)'])(
  'an empty value is one of %j',
  selector => {
    expect(matchesLabels(parseLabelSelector(selector), { a: '' })).toBe(true);
  },
);

test('field selectors compare, negate and unescape', () => {
  const valueOf = (field: string) => ({ 'metadata.name': 'a,b' })[field] ?? '';
  expect(matchesFields(parseFieldSelector('metadata.name=a\\,b,x!=y,'), valueOf)).toBe(true);
  expect(matchesFields(parseFieldSelector('metadata.name!=a\\,b'), valueOf)).toBe(false);
});

test('a field selector without an operator is refused with its text', () => {
  expect(() => parseFieldSelector('metadata.name')).toThrow(
    "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  );
});
