import fc from 'fast-check';
import { expect, test } from 'vitest';
import { structType } from '../../api/schema/compile.ts';
import { applyConfig, ConflictsError, updateManagers } from './managers.ts';
import { type Managers, type Rules } from './ownership.ts';
import { difference, FieldSet, intersection } from './typed/field-set.ts';
import { encodeFields } from './typed/fields-v1.ts';
import { showPath } from './typed/path-element.ts';
import { shapeOfStruct } from './typed/shape.ts';
import { toFieldSet } from './typed/to-field-set.ts';

const rulesOf = (apiVersion: string, schema: string): Rules => ({
  apiVersion,
  shape: shapeOfStruct(structType(schema)),
  version: () => undefined,
  ownable: set => set,
});
const CONFIG_MAP = rulesOf('v1', 'io.k8s.api.core.v1.ConfigMap');
const POD = rulesOf('v1', 'io.k8s.api.core.v1.Pod');

/** As the server stores it: decoding leaves out nulls and what is empty. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, stored(inner)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => !isEmpty(inner)));
}

const isEmpty = (value: unknown) =>
  value === null || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Applies several times in turn, each by a manager, and gives the last state. */
function play(rules: Rules, ...steps: readonly (readonly [manager: string, config: object])[]) {
  let object: object = {};
  let managers: Managers = new Map();
  for (const [manager, config] of steps) {
    const applied = applyConfig(rules, object, config, managers, manager, true);
    object = stored(applied.object ?? object) as object;
    managers = applied.managers;
  }
  return { object, managers };
}

const fieldsOf = (managers: Managers, manager: string) =>
  encodeFields(managers.get(manager)?.set ?? FieldSet.EMPTY);

test('An applier owns what it names, not the maps it stands in', () => {
  const { managers } = play(CONFIG_MAP, ['m', { data: { k: '1' } }]);
  expect(fieldsOf(managers, 'm')).toEqual({ 'f:data': { 'f:k': {} } });
});

test('A writer who makes a map owns the map too', () => {
  const after = updateManagers(CONFIG_MAP, {}, { data: { k: '1' } }, new Map(), 'm');
  expect(fieldsOf(after, 'm')).toEqual({ 'f:data': { '.': {}, 'f:k': {} } });
});

test('Another value of a field that somebody owns is a conflict', () => {
  const { object, managers } = play(CONFIG_MAP, ['m1', { data: { k: '1', l: '1' } }]);
  const conflicting = () => applyConfig(CONFIG_MAP, object, { data: { k: '2' } }, managers, 'm2', false);
  expect(conflicting).toThrow(ConflictsError);
  try {
    conflicting();
  } catch (error) {
    const { conflicts } = error as ConflictsError;
    expect(conflicts.map(c => [c.manager, showPath(c.path)])).toEqual([['m1', '.data.k']]);
  }
});

test('The same value is shared, and stays until the last owner gives it up', () => {
  const both = { data: { k: '1', l: '1' } };
  const less = { data: { l: '1' } };
  const shared = play(CONFIG_MAP, ['m1', both], ['m2', both], ['m1', less]);
  expect(shared.object).toEqual(both);
  expect(play(CONFIG_MAP, ['m1', both], ['m2', both], ['m1', less], ['m2', less]).object).toEqual(less);
});

test('A struct goes with the last of its fields', () => {
  const { object } = play(
    POD,
    ['m', { spec: { containers: [{ name: 'c', securityContext: { runAsUser: 1 } }] } }],
    ['m', { spec: { containers: [{ name: 'c' }] } }],
  );
  expect(object).toEqual({ spec: { containers: [{ name: 'c' }] } });
});

test('Items of a list map are told apart by their keys and defaults of these', () => {
  const { object, managers } = play(
    POD,
    ['m1', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80 }] }] } }],
    ['m2', { spec: { containers: [{ name: 'c', ports: [{ containerPort: 80, protocol: 'UDP' }] }] } }],
  );
  expect(object).toEqual({
    spec: {
      containers: [{ name: 'c', ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }],
    },
  });
  expect(JSON.stringify(fieldsOf(managers, 'm1'))).toContain(
    'k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}',
  );
});

test.each([
  [
    ['a', 'b', 'c'],
    ['c', 'a'],
    ['b', 'c', 'a'],
  ],
  [
    ['a', 'b'],
    ['x', 'a'],
    ['x', 'a', 'b'],
  ],
  [
    ['a', 'b'],
    ['b', 'x'],
    ['a', 'b', 'x'],
  ],
  [
    ['a', 'x', 'b'],
    ['b', 'n', 'a'],
    ['x', 'b', 'n', 'a'],
  ],
])('Items %j, applied %j, stand as %j', (live, config, merged) => {
  const named = (names: readonly string[]) => ({ spec: { containers: names.map(name => ({ name })) } });
  const { object } = applyConfig(POD, named(live), named(config), new Map(), 'm', true);
  const { spec } = (object ?? named(live)) as { spec: { containers: { name: string }[] } };
  expect(spec.containers.map(c => c.name)).toEqual(merged);
});

test('Who owned parts of what is atomic now owns the whole', () => {
  const parts = FieldSet.of(
    ['f:spec', 'f:tolerations', 'k:{"key":"a"}'],
    ['f:spec', 'f:nodeSelector', 'f:x'],
  );
  const before: Managers = new Map([['m', { set: parts, apiVersion: 'v1', applied: false }]]);
  const after = updateManagers(POD, {}, {}, before, 'w');
  expect(fieldsOf(after, 'm')).toEqual({ 'f:spec': { 'f:nodeSelector': {}, 'f:tolerations': {} } });
});

// Configurations of a pod as a manager might apply: granular and atomic maps, sets, list maps, nested.
const text = fc.constantFrom('1', '2', '3');
const few = <T>(values: fc.Arbitrary<T>, key: (value: T) => string) =>
  fc.uniqueArray(values, { maxLength: 3, selector: key });
// Without empty maps: the server stores none, so that they look new each time, and two who name one are in conflict.
const config = fc
  .record(
    {
      metadata: fc.record(
        {
          labels: fc.dictionary(fc.constantFrom('a', 'b', 'c'), text, { maxKeys: 3 }),
          finalizers: few(fc.constantFrom('x.io/a', 'x.io/b', 'x.io/c'), f => f),
        },
        { requiredKeys: [] },
      ),
      spec: fc.record(
        {
          schedulerName: text,
          nodeSelector: fc.dictionary(fc.constantFrom('a', 'b'), text, { maxKeys: 2 }),
          securityContext: fc.record({ runAsUser: fc.nat(2), fsGroup: fc.nat(2) }, { requiredKeys: [] }),
          tolerations: fc.array(fc.record({ key: text }), { maxLength: 2 }),
          containers: few(
            fc.record(
              {
                name: fc.constantFrom('c', 'd', 'e'),
                image: text,
                ports: few(
                  fc.record({ containerPort: fc.nat(2), hostPort: fc.nat(2) }),
                  p => `${p.containerPort}`,
                ),
              },
              { requiredKeys: ['name'] },
            ),
            c => c.name,
          ),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map(value => stored(value) as object);
const step = fc.tuple(fc.constantFrom('m1', 'm2', 'm3'), config);

test('Applying the same again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), step, (before, [manager, last]) => {
      const once = play(POD, ...before, [manager, last]);
      const again = applyConfig(POD, once.object, last, once.managers, manager, false);
      expect(stored(again.object ?? once.object)).toEqual(once.object);
      expect([...again.managers.keys()].sort()).toEqual([...once.managers.keys()].sort());
      for (const m of again.managers.keys())
        expect(fieldsOf(again.managers, m)).toEqual(fieldsOf(once.managers, m));
    }),
  );
});

test('No field is lost that somebody else owns', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), step, (before, [manager, last]) => {
      const start = play(POD, ...before);
      const next = applyConfig(POD, start.object, last, start.managers, manager, true);
      const was = toFieldSet(start.object, POD.shape);
      const is = toFieldSet(next.object ?? start.object, POD.shape);
      for (const [other, { set }] of start.managers) {
        if (other === manager) continue;
        const lost = [...intersection(set, was).paths()].filter(path => !is.at(path));
        expect(lost.map(showPath)).toEqual([]);
      }
    }),
  );
});

test('Every scalar that an applier names has its value afterwards, and the applier owns it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), step, (before, [manager, last]) => {
      const { object, managers } = play(POD, ...before, [manager, last]);
      const named = toFieldSet(last, POD.shape);
      expect(encodeFields(difference(named, managers.get(manager)?.set ?? FieldSet.EMPTY))).toEqual({});
      const again = updateManagers(POD, object, object, managers, 'nobody');
      expect([...again.keys()].sort()).toEqual([...managers.keys()].sort());
    }),
  );
});
