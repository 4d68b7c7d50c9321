import { expect, test } from 'vitest';
import type { ValidationRule } from '../../generated/apiextensions-v1.ts';
import { ruleErrors, withRules } from './rules.ts';
import type { Structural } from './structural.ts';

const schema = (rules: ValidationRule[], more: Structural = {}): Structural => ({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-validations': rules,
      properties: { a: { type: 'integer' }, b: { type: 'string' }, ...more.properties },
    },
  },
});
const texts = (rules: ValidationRule[], value: object, old?: object, more?: Structural) =>
  withRules([], schema(rules, more), { spec: value }, old && { spec: old }).map(e => `${e.field}: ${e.body}`);

test.each([
  [{ rule: 'self.a > 1' }, 'spec: Invalid value: failed rule: self.a > 1'],
  [{ rule: 'self.a > 1', message: ' too small ' }, 'spec: Invalid value: too small'],
  [{ rule: 'self.a > 1', messageExpression: "'is %d'.format([self.a])" }, 'spec: Invalid value: is 1'],
  [{ rule: 'self.a > 1', message: 'm', messageExpression: "''" }, 'spec: Invalid value: m'],
  [{ rule: 'self.a > 1', reason: 'FieldValueRequired' }, 'spec: Required value: failed rule: self.a > 1'],
  [{ rule: 'self.a > 1', reason: 'FieldValueForbidden', message: 'no' }, 'spec: Forbidden: no'],
  [{ rule: 'self.a > 1', fieldPath: '.a' }, 'spec.a: Invalid value: failed rule: self.a > 1'],
  [{ rule: "self.b == 'x'" }, `spec: Invalid value: "object": no such key: b evaluating rule: self.b == 'x'`],
  [{ rule: 'self.a > 0' }, undefined],
])('%j', (rule, expected) => {
  expect(texts([rule], { a: 1 })).toEqual(expected === undefined ? [] : [expected]);
});

test('rules of changes need the old value; what has not changed is not found fault with', () => {
  const fixed = { rule: 'self.a == oldSelf.a' };
  expect(texts([fixed], { a: 1 })).toEqual([]);
  expect(texts([fixed], { a: 2 }, { a: 1 })).toHaveLength(1);
  const once = { rule: 'oldSelf.hasValue() || self.a == 1', optionalOldSelf: true };
  expect(texts([once], { a: 2 })).toHaveLength(1);
  expect(texts([once], { a: 2 }, { a: 3 })).toEqual([]);
  const warnings: string[] = [];
  const value = { spec: { a: 1 } };
  const rules = [{ rule: 'self.a > 1' }, { rule: "self.b == 'x'" }];
  expect(withRules([], schema(rules), value, value, text => warnings.push(text))).toHaveLength(1);
  expect(warnings).toEqual(['spec: Invalid value: failed rule: self.a > 1']);
  const list: Structural = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: {
      type: 'object',
      properties: { k: { type: 'string' }, v: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.v >= oldSelf.v' }],
    },
  };
  const items = (...l: object[]) => ({ l });
  const next = items({ k: 'y', v: 1 }, { k: 'x', v: 1 });
  expect(texts([], next, items({ k: 'x', v: 2 }), { properties: { l: list } })).toEqual([
    'spec.l[1]: Invalid value: failed rule: self.v >= oldSelf.v',
  ]);
});

test('a scalar is shown; rules wait until the value fits', () => {
  const field: Structural = { type: 'string', 'x-kubernetes-validations': [{ rule: "self == 'a'" }] };
  expect(ruleErrors(field, 'b', 'p')[0]?.body).toBe(`Invalid value: "b": failed rule: self == 'a'`);
  const required = { field: 'spec.b', reason: 'FieldValueRequired', body: 'Required value' } as const;
  const errors = withRules([required], schema([{ rule: 'false' }]), { spec: {} });
  expect(errors.map(e => e.field)).toEqual(['spec.b', '<nil>']);
  expect(withRules([], { type: 'object' }, {})).toEqual([]);
});

test('what cannot be evaluated here lets values in', () => {
  expect(texts([{ rule: "'%e'.format([1.0]) == ''" }], { a: 1 })).toEqual([]);
});
