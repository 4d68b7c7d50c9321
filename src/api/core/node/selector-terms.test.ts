import { expect, test } from 'vitest';
import { matchesNodeTerm, matchesNodeTerms } from './selector-terms.ts';

const node = { name: 'a', labels: { zone: 'x', cores: '+12' } };

test.each([
  ['In', ['w', 'x'], true],
  ['In', ['w'], false],
  ['NotIn', ['w'], true],
  ['NotIn', ['x'], false],
  ['Exists', [], true],
  ['DoesNotExist', [], false],
  ['Gt', ['1'], false],
  ['Unheard', ['x'], false],
])('zone=x %s %j: %s', (operator, values, matched) => {
  expect(matchesNodeTerm({ matchExpressions: [{ key: 'zone', operator, values }] }, node)).toBe(matched);
});

test.each([
  ['Gt', '9', true],
  ['Gt', '12', false],
  ['Lt', '9007199254740993', true],
  ['Lt', '-1', false],
  ['Lt', '1.5', false],
])('cores=+12 %s %s: %s', (operator, bound, matched) => {
  const term = { matchExpressions: [{ key: 'cores', operator, values: [bound] }] };
  expect(matchesNodeTerm(term, node)).toBe(matched);
});

test('a label that is missing is not in and not above, and is absent', () => {
  const term = (operator: string) => ({ matchExpressions: [{ key: 'none', operator, values: ['1'] }] });
  const matching = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'].filter(operator =>
    matchesNodeTerm(term(operator), node),
  );
  expect(matching).toEqual(['NotIn', 'DoesNotExist']);
});

test('requirements add up, terms are alternatives, and what asks nothing matches nothing', () => {
  const name = (value: string) => ({ key: 'metadata.name', operator: 'In', values: [value] });
  const zone = { key: 'zone', operator: 'Exists' };
  expect(matchesNodeTerm({ matchFields: [name('a')], matchExpressions: [zone] }, node)).toBe(true);
  expect(matchesNodeTerm({ matchFields: [name('b')], matchExpressions: [zone] }, node)).toBe(false);
  expect(matchesNodeTerms([{ matchFields: [name('b')] }, { matchFields: [name('a')] }], node)).toBe(true);
  expect(matchesNodeTerm({}, node)).toBe(false);
  expect(matchesNodeTerms([], node)).toBe(false);
});
