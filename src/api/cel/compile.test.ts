import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { BOOL, DYN, INT, list, map, object, STRING, typeName } from './types.ts';

const variables = {
  object: DYN,
  self: object('self', { n: INT, s: STRING, tags: list(STRING), labels: map(STRING, STRING) }),
  ok: BOOL,
};

const errorOf = (source: string) => {
  const compiled = compile(source, variables);
  return 'error' in compiled ? compiled.error.replace(/\n[\s\S]*/, '') : `type ${typeName(compiled.type)}`;
};

test.each([
  ['1 + 2', 'int'],
  ['1.5 * 2.0 > 2.0 && !ok', 'bool'],
  ['1 < 2.5', 'bool'],
  ['object.spec.replicas', 'dyn'],
  ['object.spec.replicas > 3', 'bool'],
  ['has(object.spec) && has(self.s)', 'bool'],
  ["self.tags.all(t, t.startsWith('a'))", 'bool'],
  ['self.tags.map(t, size(t))', 'list(int)'],
  ['self.tags.map(t, t != "", t)', 'list(string)'],
  ['self.labels.exists(k, self.labels[k] == "x")', 'bool'],
  ['self.labels.transformMap(k, v, size(v))', 'map(string, int)'],
  ['self.tags.exists_one(t, t == self.s) ? 1 : 2', 'int'],
  ["'a' in self.tags || 'a' in self.labels", 'bool'],
  ["'%s!'.format([self.s])", 'string'],
  ["quantity('1Gi').isLessThan(quantity('2Gi'))", 'bool'],
  ["ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.0.0.1')", 'bool'],
  ["url('https://a').getHost()", 'string'],
  ["format.dns1123Label().validate('x').hasValue()", 'bool'],
  ['object.?spec.?x.orValue(1)', 'dyn'],
  ['optional.of(1).orValue(2)', 'int'],
  ["timestamp('2026-01-01T00:00:00Z') - duration('1h')", 'google.protobuf.Timestamp'],
  ['sets.contains([1, 2], [2])', 'bool'],
  ['cel.bind(x, 1 + 1, x * x)', 'int'],
  ['[1, 2].isSorted() && [1, 2].sum() == 3', 'bool'],
  ["'%s %d'.format(['a', 1])", 'string'],
  ['[[], [1]].size() == 2', 'bool'],
  ["{'a': 1}.a", 'int'],
  ['[]', 'list(dyn)'],
  [
    'r\'\\d\' + """x""" + b\'x\'.size() == \'\'',
    "ERROR: <input>:1:17: found no matching overload for '_+_' applied to '(string, int)'",
  ],
  ['-1 - -self.n', 'int'],
  ['type(1) == int', 'bool'],
])('%s', (source, type) => {
  expect(errorOf(source)).toBe(type.startsWith('ERROR') ? type : `type ${type}`);
});

test.each([
  [
    '1 +',
    "1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ['ok x', "1:4: Syntax error: extraneous input 'x' expecting <EOF>"],
  ['ok x y', "1:4: Syntax error: mismatched input 'x' expecting <EOF>"],
  ['object.', "1:8: Syntax error: no viable alternative at input '.'"],
  ['(1', "1:3: Syntax error: missing ')' at '<EOF>'"],
  ['ok # no', "1:4: Syntax error: token recognition error at: '#'"],
  ['bogus == 1', "1:1: undeclared reference to 'bogus' (in container '')"],
  ['nope(1)', "1:5: undeclared reference to 'nope' (in container '')"],
  ['self.m', "1:5: undefined field 'm'"],
  ['self.n.x', "1:7: type 'int' does not support field selection"],
  ["1 + 'a'", "1:3: found no matching overload for '_+_' applied to '(int, string)'"],
  ['self.s.startsWith(1)', "1:18: found no matching overload for 'startsWith' applied to 'string.(int)'"],
  ["1 == 'a'", "1:3: found no matching overload for '_==_' applied to '(int, string)'"],
  ["[1, 'a']", "1:5: expected type 'int' but found 'string'"],
  ["{'a': 'x', 'b': object.name}", "1:23: expected type 'string' but found 'dyn'"],
  ['[object, 1]', "1:10: expected type 'dyn' but found 'int'"],
  ['self.n && true', "1:5: expected type 'bool' but found 'int'"],
  ['[1].all(x, x + 1)', "1:14: expected type 'bool' but found 'int'"],
  ["['a'].sum() > 3", "1:10: found no matching overload for 'sum' applied to 'list(string).()'"],
  [
    '[',
    "1:2: Syntax error: mismatched input '<EOF>' expecting {'[', ']', '{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  [
    'self.n.all(x, true)',
    "1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ["self.s.matches('(')", '1:16: invalid matches argument'],
  ["duration('x') > duration('1s')", '1:10: invalid duration argument'],
  ['self.tags.all(1, true)', '1:15: argument must be a simple name'],
  ['has(ok)', '1:5: invalid argument to has() macro'],
  ['for', '1:1: reserved identifier: for'],
])('%s is refused with the words of cel-go', (source, error) => {
  expect(errorOf(source)).toBe(`ERROR: <input>:${error}`);
});

test('every mistake is told, with its line and a caret below', () => {
  const compiled = compile('a &&\n  self.m', variables);
  expect('error' in compiled && compiled.error).toBe(
    [
      "ERROR: <input>:1:1: undeclared reference to 'a' (in container '')",
      ' | a &&',
      ' | ^',
      "ERROR: <input>:2:7: undefined field 'm'",
      ' |   self.m',
      ' | ......^',
    ].join('\n'),
  );
});

test('any text compiles or is refused, and nothing else', () => {
  const token = fc.constantFrom(
    ...'self object ok . [ ] ( ) { } ? : , + - ! == && in 1 1.5 "s" x all has size true null Foo'.split(' '),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(token, { maxLength: 15 }).map(t => t.join(' ')),
      ),
      source => {
        const compiled = compile(source, variables);
        if ('error' in compiled) expect(compiled.error).toMatch(/^ERROR: <input>:\d+:\d+: /);
      },
    ),
    { numRuns: 500 },
  );
});

test('an expression that is nested too deeply is refused', () => {
  expect(errorOf('('.repeat(5_000))).toContain('expression recursion limit exceeded');
  expect(errorOf('!'.repeat(100_001) + 'ok')).toBe('type bool');
});
