import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { evaluate } from './evaluate.ts';
import { DYN, INT, list, map, object, STRING } from './types.ts';
import { CelFault, CelMap, CelObject, type Value } from './values.ts';

const self = object('self', { a: INT, b: INT, s: STRING, l: list(STRING), m: map(STRING, INT), d: DYN });
const fields: [string, Value][] = [
  ['a', 3n],
  ['b', 4n],
  ['s', 'grün'],
  ['l', ['a', 'b', 'b']],
  ['m', new CelMap([['k', 1n]])],
];

function run(text: string): unknown {
  const compiled = compile(text, { self });
  if ('error' in compiled) throw new Error(compiled.error);
  try {
    return evaluate(compiled, { self: new CelObject(new Map(fields)) });
  } catch (e) {
    if (e instanceof CelFault) return e.message;
    throw e;
  }
}

test.each([
  'self.a < self.b && self.a + 1 == self.b',
  'self.a == 3 && self.a >= 3.0 && self.a % 2 == 1 && -self.a == -3',
  "has(self.s) && !has(self.d) && self.s.size() == 4 && self.s.startsWith('gr')",
  "self.l.all(x, x.size() == 1) && self.l.exists(x, x == 'b') && self.l.exists_one(x, x == 'a')",
  "self.l.filter(x, x == 'b').size() == 2 && self.l.map(x, x + '!') == ['a!', 'b!', 'b!']",
  "self.m.all(k, self.m[k] > 0) && 'k' in self.m && !('z' in self.m) && self.m.k == 1",
  "self.m.transformMap(k, v, v * 2) == {'k': 2} && self.l.transformList(i, x, x + string(i))[2] == 'b2'",
  "self.?d.orValue(7) == 7 && self.?s.hasValue() && self.m[?'z'] == optional.none()",
  "self.?s.optMap(v, v + '!').orValue('') == 'grün!' && cel.bind(x, self.a, x * x) == 9",
  'false && self.d == 1 || (self.d == 1 || true)',
  "self.s.matches('^g.*n$') && self.s.find('[a-z]+') == 'gr' && 'a1b2'.findAll('[0-9]') == ['1', '2']",
  "'a,b'.split(',').join('-') == 'a-b' && 'abc'.substring(1, 2) == 'b' && 'Ab'.lowerAscii() == 'ab'",
  "'aaa'.replace('a', 'b', 2) == 'bba' && ' x '.trim() == 'x' && 'abc'.indexOf('c') == 2 && 'ab'.charAt(1) == 'b'",
  "'%s is %d, %.2f'.format(['x', 1, 2.0]) == 'x is 1, 2.00'",
  "duration('90m') > duration('1h') && duration('1h30m').getMinutes() == 90 && string(duration('1.5s')) == '1.5s'",
  "timestamp('2024-02-29T12:30:00Z').getDayOfYear() == 59 && timestamp('2024-01-01T00:00:00Z') + duration('1h') == timestamp('2024-01-01T01:00:00Z')",
  "timestamp('2024-01-01T23:00:00Z').getHours('Europe/Berlin') == 0 && timestamp('2024-01-01T23:00:00Z').getHours('+02:00') == 1",
  "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1Ki') == quantity('1024') && quantity('1k').add(24).asInteger() == 1024 && !isQuantity('x')",
  "ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isIP('010.0.0.1') && ip('::1').isLoopback()",
  "cidr('10.1.0.0/8').masked() == cidr('10.0.0.0/8') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))",
  "url('https://a.b:8080/p?q=1').getHost() == 'a.b:8080' && url('https://a.b/p?q=1').getQuery() == {'q': ['1']} && !isURL('x')",
  "self.l.isSorted() && [3, 1].min() == 1 && [1, 2].sum() == 3 && self.l.lastIndexOf('b') == 2",
  "sets.equivalent(self.l, ['b', 'a']) && sets.contains(self.l, ['a']) && self.l.distinct().size() == 2",
  "format.dns1123Label().validate('ok') == optional.none() && format.dns1123Label().validate('Not').hasValue()",
  "semver('1.2.3').minor() == 2 && semver('1.0.0-rc.1').isLessThan(semver('1.0.0')) && semver('v1.2', true).compareTo(semver('1.2.0')) == 0 && !isSemver('1.02.0')",
  "format.uuid().validate('x').value() == ['does not match the UUID format'] && format.dns1123LabelPrefix().validate('a-') == optional.none()",
  "type(self.a) == int && string(1) + string(true) == '1true' && int('5') == 5 && double('1.5') == 1.5",
  "math.greatest(1, 2) == 2 && bytes('a') == b'a' && uint(3) == 3u",
])('%s', text => {
  expect(run(text)).toBe(true);
});

test.each([
  ['self.d == 1', 'no such key: d'],
  ["self.m['z'] == 1", 'no such key: z'],
  ["self.l[5] == ''", 'index out of bounds: 5'],
  ['self.a / 0 == 1', 'division by zero'],
  ['9223372036854775807 + self.a > 0', 'integer overflow'],
  ["duration(self.s) > duration('1m')", "type conversion error from 'string' to 'google.protobuf.Duration'"],
  ['int(self.s) == 1', "type conversion error from 'string' to 'int'"],
  ['true && self.d == 1', 'no such key: d'],
])('%s fails: %s', (text, message) => {
  expect(run(text)).toBe(message);
});
