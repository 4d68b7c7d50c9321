import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCustom } from './decode.ts';
import { hasFormat } from './formats.ts';
import { parseJsonPath } from './json-path.ts';
import { validateLists } from './list-types.ts';
import type { Structural } from './structural.ts';
import { validateSchema } from './validate.ts';

const of = (f: Structural): Structural => ({
  type: 'object',
  properties: { spec: { type: 'object', properties: { f } } },
});
const findings = (f: Structural, value: unknown, old?: unknown) =>
  validateSchema({
    schema: of(f),
    value: { spec: { f: value } },
    ...(old === undefined ? {} : { old: { spec: { f: old } } }),
  }).map(e => `${e.field}: ${e.body}`);

test.each<[Structural, unknown, readonly string[]]>([
  [
    { type: 'integer' },
    '1',
    ['spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"'],
  ],
  [{ type: 'integer' }, 1.0, []],
  [
    { type: 'integer', format: 'int32' },
    2 ** 31,
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.f'],
  ],
  [{ type: 'string', enum: ['a'] }, 'b', ['spec.f: Unsupported value: "b": supported values: "a"']],
  [
    { type: 'string', minLength: 2 },
    'a',
    ['spec.f: Invalid value: "a": spec.f in body should be at least 2 chars long'],
  ],
  [{ type: 'string', maxLength: 1 }, 'ab', ['spec.f: Too long: may not be more than 1 bytes']],
  [
    { type: 'string', pattern: '^a$' },
    'b',
    ['spec.f: Invalid value: "b": spec.f in body should match \'^a$\''],
  ],
  [{ type: 'string', nullable: true }, null, []],
  [
    { type: 'array', minItems: 1 },
    [],
    ['spec.f: Invalid value: 0: spec.f in body should have at least 1 items'],
  ],
  [{ type: 'array', maxItems: 1 }, [1, 2], ['spec.f: Too many: 2: must have at most 1 item']],
  [{ type: 'object', required: ['a'] }, {}, ['spec.f.a: Required value']],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    ['spec.f: Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean"'],
  ],
  [
    { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    { a: 1, b: 2 },
    [
      '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ],
  ],
  [
    { type: 'number', not: { minimum: 5 } },
    6,
    ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)'],
  ],
])('schema %j says of %j: %j', (schema, value, expected) => {
  expect(findings(schema, value)).toEqual(expected);
});

test('what has not changed is not found fault with', () => {
  const map: Structural = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer', minimum: 5 } } },
  };
  const bad = { name: 'a', n: 1 };
  expect(findings(map, [bad, { name: 'b', n: 9 }], [bad])).toEqual([]);
  expect(findings(map, [{ name: 'a', n: 2 }], [bad])).toHaveLength(1);
});

const WIDGET: Structural = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer', default: 1 },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        list: {
          type: 'array',
          items: { type: 'object', properties: { a: { type: 'string', default: 'd' } } },
        },
        inner: { type: 'object', 'x-kubernetes-embedded-resource': true },
      },
    },
  },
};

test('decoding defaults, drops what is unknown and says so, and reads embedded metadata', () => {
  const { value, strictErrors } = decodeCustom(WIDGET, {
    kind: 'Widget',
    metadata: { name: 'a', odd: 1 },
    spec: {
      any: { x: { y: 1 } },
      list: [{ b: 1 }],
      inner: { metadata: { labels: {}, z: 1 }, q: 1 },
      no: null,
    },
    extra: 1,
  });
  expect(value).toEqual({
    kind: 'Widget',
    metadata: { name: 'a' },
    spec: { size: 1, any: { x: { y: 1 } }, list: [{ a: 'd' }], inner: { metadata: {} } },
  });
  expect(strictErrors).toEqual(
    ['metadata.odd', 'extra', 'spec.inner.q', 'spec.list[0].b', 'spec.no', 'spec.inner.metadata.z'].map(
      field => `unknown field "${field}"`,
    ),
  );
});

test('what was decoded decodes to itself', () => {
  const value = fc.record(
    {
      spec: fc.dictionary(
        fc.constantFrom('size', 'any', 'list', 'inner', 'other'),
        fc.jsonValue({ maxDepth: 3 }),
      ),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(value, sent => {
      let once: ReturnType<typeof decodeCustom>;
      try {
        once = decodeCustom(WIDGET, sent);
      } catch {
        return;
      }
      const again = decodeCustom(WIDGET, once.value);
      expect(again.value).toEqual(once.value);
      expect(again.strictErrors).toEqual([]);
    }),
  );
});

test('sets and list maps hold each element once', () => {
  const list: Structural = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } };
  const map: Structural = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
  };
  const shown = (schema: Structural, value: unknown) =>
    validateLists({ f: value }, { type: 'object', properties: { f: schema } }).map(
      e => `${e.field}: ${e.body}`,
    );
  expect(shown(list, ['a', 'b', 'a'])).toEqual(['f[2]: Duplicate value: "a"']);
  expect(
    shown(map, [
      { k: 1, v: 1 },
      { k: 1, v: 2 },
    ]),
  ).toEqual(['f[1]: Duplicate value: {"k":1}']);
});

test.each<[string, readonly unknown[]]>([
  ['.a.b', [1]],
  ['.list[*].n', ['x', 'y']],
  ['.list[1].n', ['y']],
  ['.list[-1].n', ['y']],
  ['.list[?(@.n=="x")].v', [true]],
  ['.labels.app\\.io/x', ['l']],
  ["['a']['b']", [1]],
  ['.none.b', []],
])('the path %s leads to %j', (path, expected) => {
  const value = { a: { b: 1 }, list: [{ n: 'x', v: true }, { n: 'y' }], labels: { 'app.io/x': 'l' } };
  expect(parseJsonPath(path)?.find(value)).toEqual(expected);
});

test.each([
  ['date', '2024-02-29', true],
  ['date', '2023-02-29', false],
  ['date-time', '2020-01-01T00:00:00.5+01:00', true],
  ['date-time', '2020-01-01', false],
  ['cidr', '::/0', true],
  ['cidr', '10.0.0.0/33', false],
  ['duration', '1h30m', true],
  ['duration', '22 ns', true],
  ['duration', 'x', false],
  ['isbn', '0321751043', true],
  ['creditcard', '4111111111111111', true],
  ['creditcard', '4111111111111112', false],
  ['uuid4', '12345678-1234-4234-8234-123456789abc', true],
  ['nobody-knows', 'x', true],
])('format %s of %j: %j', (format, text, fits) => {
  expect(hasFormat(format, text)).toBe(fits);
});
