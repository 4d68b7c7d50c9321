/** Whatever a client sends that can be decoded, no function of a kind throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { KindDefinition, StrategyContext } from './kind.ts';
import { builtinKinds } from './kinds.ts';
import { apiVersionOf, type KubeObject } from './object.ts';
import { structType } from './schema/compile.ts';
import { decodeType } from './schema/decode.ts';
import type { FieldType } from './schema/types.ts';

const clock: Clock = { now: () => 0, monotonic: () => 0, schedule: () => ({ cancel: () => undefined }) };
const context: StrategyContext = { clock, random: seededRandom(1) };
const WORDS = [
  '',
  'a',
  'Bad_Value!',
  'In',
  'Exists',
  'IPv4',
  '10.0.0.1',
  'RollingUpdate',
  'Indexed',
  'Limited',
  '50%',
  '0-3',
  'TCP',
];

/** A value of the type, as deep as `fuel` allows. */
function arbitrary(type: FieldType, fuel: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int32':
    case 'int64':
    case 'double':
      return fc.constantFrom(-1, 0, 1, 80, 70_000);
    case 'intOrString':
      return fc.constantFrom<number | string>(0, 80, '50%', 'http');
    case 'quantity':
      return fc.constantFrom('0', '1', '100m', '1Gi', '-1');
    case 'time':
    case 'microTime':
      return fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z');
    case 'bytes':
      return fc.constantFrom('', 'eA==');
    case 'list':
      return fuel <= 0 ? fc.constant([]) : fc.array(arbitrary(type.items, fuel - 1), { maxLength: 2 });
    case 'map':
      return fuel <= 0
        ? fc.constant({})
        : fc.dictionary(fc.constantFrom('a', 'cpu', 'bad key'), arbitrary(type.values, fuel - 1), {
            maxKeys: 2,
          });
    case 'struct':
      return arbitraryStruct(type.struct(), fuel);
    case 'any':
    case 'structOrAny':
      return fc.constantFrom<unknown>(null, {}, [], 'x', { a: 1 });
    default:
      return fc.constantFrom(...WORDS);
  }
}

function arbitraryStruct(struct: ReturnType<typeof structType>, fuel: number): fc.Arbitrary<object> {
  if (fuel <= 0) return fc.constant({});
  const fields = [...struct.fields.values()].filter(f => f.name !== 'managedFields');
  const model = Object.fromEntries(
    fields.map(f => [f.name, fc.option(arbitrary(f.type, fuel - 1), { nil: undefined, freq: 1 })]),
  );
  return fc.record(model, { requiredKeys: [] });
}

function decoded(kind: KindDefinition, value: object): KubeObject {
  const object = decodeType(kind.schema, value).value as unknown as KubeObject;
  object.metadata = { ...object.metadata, name: 'a', namespace: 'ns', uid: 'u', resourceVersion: '1' };
  return object;
}

/** Everything a server does with an object, but for storing it. */
function exercise(kind: KindDefinition, first: KubeObject, second: KubeObject): void {
  for (const object of [first, second]) {
    kind.defaults?.(object, context);
    kind.prepareForCreate?.(object, context);
    kind.validate?.(object, context);
    kind.warnings?.(object, undefined);
    for (const column of kind.columns ?? []) column.cell(object, { nowMs: 0 });
    for (const select of Object.values(kind.selectableFields ?? {}))
      expect(typeof select(object)).toBe('string');
  }
  kind.prepareForUpdate?.(second, first, context);
  kind.validateUpdate?.(second, first, context);
  kind.warnings?.(second, first);
  kind.subresources?.status?.prepareForUpdate?.(second, first, context);
  kind.subresources?.status?.validateUpdate?.(second, first, context);
  kind.subresources?.scale?.setReplicas(second, 3);
  kind.subresources?.scale?.selector(second);
  if (kind.storage) kind.storage.fromStorage(kind.storage.toStorage(second));
}

test.each(builtinKinds.map(kind => [`${kind.group}/${kind.version} ${kind.kind}`, kind] as const))(
  '%s takes any object that can be decoded',
  (_, kind) => {
    const struct = structType(kind.schema);
    for (const fuel of [1, 3, 6]) {
      const object = arbitraryStruct(struct, fuel);
      fc.assert(
        fc.property(object, object, (a, b) => exercise(kind, decoded(kind, a), decoded(kind, b))),
        { numRuns: fuel === 6 ? 40 : 15, seed: 7 },
      );
    }
  },
);

const shared = builtinKinds.filter(kind => kind.storage !== undefined);

test.each(shared.map(kind => [`${kind.group}/${kind.version} ${kind.kind}`, kind] as const))(
  '%s can be read whatever was stored through the other version',
  (_, kind) => {
    const stored = builtinKinds.find(
      other => apiVersionOf(other) === kind.storage?.apiVersion && other.kind === kind.kind,
    );
    if (!stored) throw new Error(`Cannot find the kind that ${kind.kind} is stored as`);
    fc.assert(
      fc.property(arbitraryStruct(structType(stored.schema), 6), value => {
        const read = kind.storage?.fromStorage(decoded(stored, value));
        expect(read?.apiVersion).toBe(apiVersionOf(kind));
        if (read) exercise(kind, read, structuredClone(read));
      }),
      { numRuns: 60, seed: 7 },
    );
  },
);
