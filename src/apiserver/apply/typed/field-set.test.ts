import fc from 'fast-check';
import { expect, test } from 'vitest';
import { difference, FieldSet, intersection, recursiveDifference, sameSet, union } from './field-set.ts';
import { decodeFields, encodeFields, FieldsError } from './fields-v1.ts';
import { compareElements, fieldElement, keyElement, showPath, valueElement } from './path-element.ts';

const element = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'spec', '.', 'k8s.io/x').map(fieldElement),
  fc.constantFrom('x', 'y').map(name => keyElement({ name })),
  fc.integer({ min: 1, max: 12 }).map(containerPort => keyElement({ containerPort, protocol: 'TCP' })),
  fc.oneof(fc.string(), fc.integer(), fc.boolean()).map(valueElement),
  fc.nat(12).map(i => `i:${i}`),
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const fieldSet = fc.array(path, { maxLength: 12 }).map(paths => FieldSet.of(...paths));
const members = (set: FieldSet) => [...set.paths()].map(p => p.join(' '));

test('A set of fields survives FieldsV1 and JSON', () => {
  fc.assert(
    fc.property(fieldSet, set => {
      const json = JSON.stringify(encodeFields(set));
      expect(sameSet(decodeFields(JSON.parse(json)), set)).toBe(true);
      expect(JSON.stringify(encodeFields(decodeFields(JSON.parse(json))))).toBe(json);
    }),
  );
});

test('Set operations agree with those on lists of paths', () => {
  fc.assert(
    fc.property(fieldSet, fieldSet, (a, b) => {
      const [left, right] = [new Set(members(a)), new Set(members(b))];
      expect(new Set(members(union(a, b)))).toEqual(new Set([...left, ...right]));
      expect(new Set(members(intersection(a, b)))).toEqual(new Set([...left].filter(p => right.has(p))));
      expect(new Set(members(difference(a, b)))).toEqual(new Set([...left].filter(p => !right.has(p))));
      for (const p of members(recursiveDifference(a, b)))
        expect([...right].some(q => p === q || p.startsWith(`${q} `))).toBe(false);
    }),
  );
});

test('Operations leave no empty nodes behind', () => {
  fc.assert(
    fc.property(fieldSet, fieldSet, (a, b) => {
      for (const set of [difference(a, b), intersection(a, b), recursiveDifference(a, b)])
        expect(set.isEmpty).toBe(members(set).length === 0);
    }),
  );
});

test('Fields come before keys, keys in the order of their values, numbers as numbers', () => {
  const sorted = [
    fieldElement('a'),
    fieldElement('b'),
    keyElement({ containerPort: 9, protocol: 'TCP' }),
    keyElement({ containerPort: 80, protocol: 'TCP' }),
    keyElement({ containerPort: 80, protocol: 'UDP' }),
    valueElement(3),
    valueElement('3'),
    'i:2',
    'i:10',
  ];
  expect([...sorted].reverse().sort(compareElements)).toEqual(sorted);
});

test('Conflicts list the fields of a node before what is below them', () => {
  const set = FieldSet.of(
    ['f:spec', 'f:template', 'f:spec', 'f:containers', 'k:{"name":"c"}', 'f:image'],
    ['f:spec', 'f:replicas'],
    ['f:spec', 'f:template', 'f:spec', 'f:schedulerName'],
  );
  expect([...set.paths()].map(showPath)).toEqual([
    '.spec.replicas',
    '.spec.template.spec.schedulerName',
    '.spec.template.spec.containers[name="c"].image',
  ]);
});

test.each([{ bad: {} }, { 'f:data': 1 }, { 'k:{': {} }, { 'i:x': {} }, []])(
  '%j is refused as FieldsV1',
  value => {
    expect(() => decodeFields(value)).toThrow(FieldsError);
  },
);

test('Keys that a client wrote in another order are the same keys', () => {
  const set = decodeFields({ 'k:{"protocol": "TCP", "containerPort": 80}': {} });
  expect(members(set)).toEqual(['k:{"containerPort":80,"protocol":"TCP"}']);
});
