/** Upstream's own numbers (apiextensions-apiserver, TestCostEstimation): without limits, then with one everywhere. */
import { expect, test } from 'vitest';
import { compile } from '../cel/compile.ts';
import { costOf, ruleTooExpensive, TotalCost, wholeCost } from './rule-cost.ts';
import { sizesOf } from './rule-sizes.ts';
import { ruleType } from './rule-types.ts';
import type { Schema } from './schema.ts';

type Make = (max?: number) => Schema;

function cost(schema: Schema, rule: string): number {
  const [self, sizes] = [ruleType(schema, 'self'), sizesOf(schema)];
  if (!self || !sizes) throw new Error('no type');
  return Number(costOf(compile(rule, { self, oldSelf: self }), sizes));
}

const plain = (type: string): Schema =>
  type === 'int-or-string'
    ? { 'x-kubernetes-int-or-string': true }
    : ['duration', 'date', 'date-time', 'byte'].includes(type)
      ? { type: 'string', format: type }
      : { type };
const text: Make = maxLength => ({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) });
const bytes: Make = max => ({ ...text(max), format: 'byte' });
const array =
  (items: Schema | Make): Make =>
  max => ({
    type: 'array',
    items: typeof items === 'function' ? items(max) : items,
    ...(max === undefined ? {} : { maxItems: max }),
  });
const map =
  (values: Schema | Make): Make =>
  max => ({
    type: 'object',
    additionalProperties: typeof values === 'function' ? values(max) : values,
    ...(max === undefined ? {} : { maxProperties: max }),
  });
const object: Schema = {
  type: 'object',
  properties: { required: { type: 'string' }, optional: { type: 'string' } },
  required: ['required'],
};
const nested: Make = max => ({ ...object, properties: { required: text(max), optional: text(max) } });
const fields =
  (properties: (max?: number) => Record<string, Schema>): Make =>
  max => ({
    type: 'object',
    properties: properties(max),
  });

const EXPENSIVE = 10_000_000;
const OF_ALL = 'self.all(x, true)';

const cases: [make: Make, rule: string, free: number, max: number, limited: number][] = [
  [array(plain('number')), OF_ALL, 4718591, 10, 32],
  [array(plain('string')), OF_ALL, 3145727, 20, 62],
  [array(plain('boolean')), OF_ALL, 1887437, 5, 17],
  [array(array(plain('number'))()), OF_ALL, 3145727, 100, 302],
  [array(object), OF_ALL, 555128, 50, 152],
  [map(plain('number')), OF_ALL, 1348169, 10, 32],
  [map(plain('string')), OF_ALL, 1179647, 3, 11],
  [map(plain('boolean')), OF_ALL, 943718, 100, 302],
  [map(object), OF_ALL, 428963, 20, 62],
  [map(map(plain('number'))()), OF_ALL, 1179647, 10, 32],
  [array(plain('int-or-string')), OF_ALL, 4718591, 10, 32],
  [map(plain('int-or-string')), OF_ALL, 1348169, 15, 47],
  [array(plain('duration')), OF_ALL, 2359295, 5, 17],
  [map(plain('duration')), OF_ALL, 1048577, 5, 17],
  [array(plain('date')), OF_ALL, 725936, 15, 47],
  [map(plain('date')), OF_ALL, 524288, 10, 32],
  [array(plain('date-time')), OF_ALL, 428963, 25, 77],
  [map(plain('date-time')), OF_ALL, 349526, 25, 77],
  [map(plain('number')), 'has(self.x)', 1, 100, 1],
  [text, "self.contains('test')", 314574, 10, 5],
  [text, "self.startsWith('test')", 2, 15, 2],
  [text, "self.endsWith('test')", 2, 30, 2],
  [text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
  [array(plain('number')), 'self[1] == 0.0', 2, 5000, 2],
  [array(plain('string')), 'self[1] == self[1]', 314577, 8, 314577],
  [array(plain('number')), 'self.all(x, self.all(y, true))', EXPENSIVE, 10, 352],
  [array(plain('number')), 'self.all(x, self.all(y, self.all(z, true)))', EXPENSIVE, 10, 3552],
  [text, 'self.matches("x")', 314574, 50, 22],
  [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  [text, 'self.matches("")', 1, 100, 1],
  [map(plain('string')), 'self.all(x, x.contains(self[x]))', 2752507, 10, 72],
  [map(plain('number')), 'self["x"] == 0.0', 2, 0, 2],
  [text, 'self == "x"', 2, 0, 1],
  [bytes, 'self == b"x"', 2, 0, 1],
  [array(plain('number')), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
  [array(map(nested)), 'self.all(x, x["y"].required == "z")', 7340027, 10, 72],
  [array(plain('int-or-string')), 'self[0] == 5', 3, 10, 3],
  [array(plain('boolean')), 'self[0] == false', 2, 25, 2],
  [array(object), 'self[0] == null', 2, 422, 2],
  [array(array(plain('number'))()), 'self[0][0] == -1.0', 3, 51, 3],
  [array(map(plain('number'))()), 'self.all(x, x.y == 25.2)', 6291452, 12, 74],
  [array(map(plain('number'))()), 'self[0].x > 2.0', 4, 3000, 4],
  [array(plain('duration')), 'self[0].getHours() == 2', 4, 525, 4],
  [array(plain('date')), 'self[2].getDayOfMonth() == 13', 4, 42, 4],
  [text, "self.find('[0-9]+') == ''", 629147, 10, 11],
  [array(text), "self.join(' ') == 'aa bb'", 329853068905, 10, 43],
  [array(text), 'self.isSorted() == true', 329854432052, 10, 52],
  [
    fields(max => ({ str: text(max), before: text(2), after: text(4) })),
    "self.str.replace(self.before, self.after) == 'does not matter'",
    629154,
    4,
    12,
  ],
  [
    fields(max => ({ str: text(max), separator: text(max) })),
    'self.str.split(self.separator) == []',
    629160,
    10,
    22,
  ],
  [text, "self.lowerAscii() == 'lower!'", 314575, 10, 6],
  [map(plain('integer')), 'oldSelf.size() == self.size()', 5, 10, 5],
  [map(plain('date-time')), 'self["a"] == self["b"]', 8, 7, 8],
  [map(plain('duration')), 'self["c"] == self["d"]', 8, 42, 8],
  [max => ({ ...text(max), enum: ['A', 'B', 'C', 'LongValue'] }), "self.contains('A')", 2, 1000, 401],
];

test.each(cases)('%# %s', (make, rule, free, max, limited) => {
  const found = cost(make(), rule);
  if (free === EXPENSIVE) expect(found).toBeGreaterThan(EXPENSIVE);
  else expect(found).toBe(free);
  expect(cost(make(max), rule)).toBe(limited);
});

test.each([
  ["self.l.map(x, x + 'z').join(',') == 'az'", true],
  ['format.dns1123Label().validate(self.s) == optional.none()', true],
  ['self.l.map(x, x.size()).all(n, n < 3)', false],
  ["self.l.filter(x, x != 'a').exists_one(x, x == 'b')", false],
  ["self.?s.orValue('') == 'x'", false],
  ["cel.bind(v, self.s, v == 'a' || v == 'b')", false],
  ["self.?s.optMap(v, v + 'x').orValue('y') == 'z'", true],
  ["self.?s.optMap(v, v == 'x').orValue(false)", false],
  ["self.m.transformMap(k, v, v + 1) == {'a': 2}", false],
])('%s', (rule, refused) => {
  const schema: Schema = {
    type: 'object',
    properties: { s: text(40), l: array(text(20))(10), m: map(plain('integer'))(5) },
  };
  expect(cost(schema, rule) > EXPENSIVE).toBe(refused);
});

test('a cost is told by how much it is too much, and the rules that matter by name', () => {
  const text = (cost: bigint) => ruleTooExpensive('estimated rule cost', 'p', cost)[0]?.body ?? '';
  expect(text(10_000_000n)).toBe('');
  expect(text(12_000_000n)).toContain('by factor of 1.200000x (');
  expect(text(26_000_000n)).toContain('by factor of 2.6x (');
  expect(text(1_000_000_001n)).toContain('by factor of more than 100x (');
  const sizes = sizesOf({ type: 'string' });
  if (!sizes) throw new Error('no sizes');
  expect(wholeCost(10n, sizes, 3)).toBe(30n);
  expect(wholeCost(10n, sizes, undefined)).toBe(10_485_760n);
  const total = new TotalCost();
  for (const [i, each] of [1, 60, 20, 30, 40, 50].entries())
    total.observe(`r${i}`, BigInt(each) * 1_000_000n);
  const errors = total.errors('s');
  expect(errors.map(e => e.field)).toEqual(['r1', 'r5', 'r4', 'r3', 's']);
  expect(errors.at(-1)?.body).toContain('exceeds budget by factor of 2.0x (');
});
