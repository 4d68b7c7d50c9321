import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CustomResourceDefinition } from '../../generated/apiextensions-v1.ts';
import { validateSchema } from '../custom/validate.ts';
import { goRegexError } from '../validation/go-regex.ts';
import { acceptNames } from './conditions.ts';
import { validateDefaults } from './default-values.ts';
import { isFieldPath, validateSelectableFields } from './field-path.ts';
import { type Schema, structuralOf } from './schema.ts';
import { validateStructural } from './structural.ts';

const texts = (errors: readonly { field: string; body: string }[]) =>
  errors.map(e => `${e.field}: ${e.body}`);

test('a schema that says a type within a junctor only is not structural', () => {
  const schema: Schema = { type: 'object', properties: { x: { anyOf: [{ type: 'string' }] } } };
  expect(texts(validateStructural(schema, 's'))).toEqual([
    's.properties[x].anyOf[0].type: Forbidden: must be empty to be structural',
    's.properties[x].type: Required value: must not be empty for specified object fields',
  ]);
  const intOrString: Schema = {
    type: 'object',
    properties: {
      x: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    },
  };
  expect(validateStructural(intOrString, 's')).toEqual([]);
});

test('what a junctor restricts has to be there outside of it', () => {
  const schema: Schema = { type: 'object', allOf: [{ properties: { x: { minLength: 1 } } }] };
  expect(texts(validateStructural(schema, 's'))).toEqual([
    's.properties[x]: Required value: because it is defined in s.allOf[0].properties[x]',
  ]);
  // Of the whole only: upstream does not look into properties.
  const inner: Schema = { type: 'object', properties: { y: schema } };
  expect(validateStructural(inner, 's')).toEqual([]);
});

test('defaults fit their schema and know no more than it', () => {
  const schema: Schema = {
    type: 'object',
    properties: { x: { type: 'object', properties: { n: { type: 'integer' } }, default: { n: 'a', m: 1 } } },
  };
  expect(texts(validateDefaults(schema, 's'))).toEqual([
    's.properties[x].default: Invalid value: {"n":"a","m":1}: must not have unknown fields',
    's.properties[x].default.n: Invalid value: "string": n in body must be of type integer: "string"',
  ]);
});

test.each<[Schema, unknown, string]>([
  [{ type: 'integer', minimum: 5 }, 3, 'in body should be greater than or equal to 5'],
  [{ type: 'integer', maximum: 5, exclusiveMaximum: true }, 5, 'in body should be less than 5'],
  [{ type: 'number', multipleOf: 2 }, 3, 'in body should be a multiple of 2'],
  [{ type: 'string', minLength: 2 }, 'a', 'in body should be at least 2 chars long'],
  [{ type: 'string', maxLength: 1 }, 'ab', 'Too long: may not be more than 1 bytes'],
  [{ type: 'string', pattern: '^a$' }, 'b', "in body should match '^a$'"],
  [{ type: 'string', enum: ['a', 'b'] }, 'c', 'Unsupported value: "c": supported values: "a", "b"'],
  [{ type: 'array', maxItems: 1 }, [1, 2], 'Too many: 2: must have at most 1 item'],
  [{ type: 'object', required: ['x'] }, {}, 'Required value'],
  [{ 'x-kubernetes-int-or-string': true }, true, 'in body must be of type integer,string: "boolean"'],
])('a value that does not fit %j is refused', (schema, value, why) => {
  expect(texts(validateSchema({ schema: structuralOf(schema), value, base: 'v' })).join()).toContain(why);
});

test('no schema and no value is too strange to be judged', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), fc.anything(), (schema, value) => {
      const type = { type: 'object', ...(schema as Schema), properties: {} };
      validateSchema({ schema: structuralOf({ type: 'object', properties: { x: type } }), value, base: 'v' });
    }),
  );
});

test.each([
  ['(', 'missing closing ): `(`'],
  [')', 'unexpected ): `)`'],
  ['[a', 'missing closing ]: `[a`'],
  ['*a', 'missing argument to repetition operator: `*`'],
  ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
  ['a\\1', 'invalid escape sequence: `\\1`'],
])('Go does not take the regular expression %s', (pattern, why) => {
  expect(goRegexError(pattern)).toBe(`error parsing regexp: ${why}`);
});

test.each(['^[a-z]+$', '(?P<x>a)', '(?i)abc', '[[:alpha:]]', '\\pL+', '[)(]', 'a{1,2}', '\\(', '(?:a|b)*'])(
  'Go takes the regular expression %s',
  pattern => expect(goRegexError(pattern)).toBeUndefined(),
);

test('paths lead through fields and keys of maps', () => {
  const schema: Schema = {
    type: 'object',
    properties: { m: { type: 'object', additionalProperties: { type: 'string' } } },
  };
  expect(isFieldPath('.m', schema)).toBe(true);
  expect(isFieldPath(".m['a.b']", schema)).toBe(true);
  expect(isFieldPath('.n', schema)).toBe(false);
  expect(isFieldPath('m', schema)).toBe(false);
});

const definition = (plural: string, names: object = {}): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind: plural[0]?.toUpperCase() + plural.slice(1), ...names },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

const state = ({ status }: CustomResourceDefinition) =>
  status?.conditions?.map(c => `${c.type} ${c.status} ${c.reason}`);

test('names that another definition has are not accepted', () => {
  const [first, second] = [
    definition('widgets', { shortNames: ['w'] }),
    definition('wheels', { shortNames: ['w'] }),
  ];
  expect(acceptNames(first, [], 0)).toBe(true);
  expect(acceptNames(first, [], 0)).toBe(false);
  expect(state(first)).toEqual(['NamesAccepted True NoConflicts', 'Established True InitialNamesAccepted']);
  acceptNames(second, [first], 0);
  expect(state(second)).toEqual(['NamesAccepted False ShortNamesConflict', 'Established False NotAccepted']);
  expect(second.status?.conditions?.[0]?.message).toBe('"w" is already in use');
  acceptNames(second, [], 0);
  expect(state(second)?.[1]).toBe('Established True InitialNamesAccepted');
});

test.each([
  ['.spec.a', undefined],
  [".spec['a']", undefined],
  ['.spec.nope', 'does not refer to a valid field'],
  ['spec.a', 'expected [ or . but got: spec'],
  ['.spec.l[0]', 'array notation is not allowed'],
  ['.spec.', 'unexpected end of JSON path'],
  [".spec['a'", 'unexpected end of JSON path'],
  [".spec['a'.", 'expected ] but got: .'],
  ['.spec.m.any', undefined],
])('the path %s of a selectable field', (jsonPath, why) => {
  const text: Schema = { type: 'string' };
  const spec: Schema = {
    type: 'object',
    properties: {
      a: text,
      l: { type: 'array', items: text },
      m: { type: 'object', additionalProperties: text },
    },
  };
  const schema: Schema = { type: 'object', properties: { spec } };
  expect(texts(validateSelectableFields([{ jsonPath }], schema, 'f'))).toEqual(
    why === undefined
      ? []
      : [`f[0].jsonPath: Invalid value: ${JSON.stringify(jsonPath)}: is an invalid path: ${why}`],
  );
});
