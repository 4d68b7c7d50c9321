/** Mutations of a body while it is still a value: some blind, some by the schema of its kind. */
import type { FieldType, StructType } from '../../src/api/schema/types.ts';
import { ownField } from '../../src/base/own-field.ts';
import { type Choices, ODD_STRINGS, ODD_VALUES } from './choices.ts';
import { copyJson, RawJson, setField } from './json-text.ts';

export type ValueEdit = (
  body: unknown,
  choices: Choices,
  schema: StructType | undefined,
  others: readonly unknown[],
) => unknown;

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof RawJson);

const anyOdd = (choices: Choices) =>
  copyJson(choices.of<unknown>(choices.chance(0.5) ? ODD_VALUES : ODD_STRINGS));

/** A place in the value: what holds it, and its key. Undefined: the value itself. */
function somewhere(
  value: unknown,
  choices: Choices,
): { readonly holder: object; readonly key: string } | undefined {
  let place: { readonly holder: object; readonly key: string } | undefined;
  let current = value;
  while (isContainer(current)) {
    const keys = Object.keys(current);
    if (keys.length === 0) break;
    const key = choices.of(keys);
    place = { holder: current, key };
    current = (current as Record<string, unknown>)[key];
    if (choices.chance(0.25)) break;
  }
  return place;
}

/** Replaces what stands somewhere in the body. */
function replacing(make: (old: unknown, choices: Choices, others: readonly unknown[]) => unknown): ValueEdit {
  return (body, choices, _schema, others) => {
    const place = somewhere(body, choices);
    if (!place) return make(body, choices, others);
    setField(
      place.holder,
      place.key,
      make((place.holder as Record<string, unknown>)[place.key], choices, others),
    );
    return body;
  };
}

export const VALUE_EDITS: Readonly<Record<string, ValueEdit>> = {
  odd: replacing((_old, choices) => anyOdd(choices)),
  removed(body, choices) {
    const place = somewhere(body, choices);
    if (!place) return undefined;
    if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
    else Reflect.deleteProperty(place.holder, place.key);
    return body;
  },
  key: replacing((old, choices) => {
    if (!isContainer(old) || Array.isArray(old)) return { [choices.of(ODD_STRINGS)]: old };
    setField(old, choices.of(ODD_STRINGS), anyOdd(choices));
    return old;
  }),
  repeated: replacing((old, choices) =>
    Array.isArray(old) && old.length > 0 ? [...old, copyJson(choices.of(old))] : [old, old],
  ),
  elsewhere: replacing((_old, choices, others) => {
    const other = copyJson(choices.of(others));
    const place = somewhere(other, choices);
    return place ? (place.holder as Record<string, unknown>)[place.key] : other;
  }),
  /** A field the kind has, with a value of its type. */
  typed(body, choices, schema) {
    if (!schema) return body;
    let struct: StructType = schema;
    let holder = isContainer(body) && !Array.isArray(body) ? body : {};
    const root = holder;
    for (let depth = 0; ; depth++) {
      // managedFields has no use here, and status is seldom written.
      const fields = [...struct.fields.values()].filter(f => f.name !== 'managedFields');
      const names = choices.chance(0.6)
        ? fields.filter(f => f.name === 'spec' || Object.hasOwn(holder, f.name))
        : fields;
      const field = choices.of(names.length > 0 ? names : fields);
      const old = ownField(holder as Record<string, unknown>, field.name);
      const inner = innerObject(field.type, old, choices);
      if (inner && depth < 12 && choices.chance(0.85)) {
        setField(holder, field.name, inner.value);
        holder = inner.object;
        struct = inner.struct;
        continue;
      }
      setField(holder, field.name, typedValue(field.type, choices, 3));
      return root;
    }
  },
};

interface Inner {
  readonly value: unknown;
  readonly object: object;
  readonly struct: StructType;
}

/** The struct inside of a field's value, made where there is none; undefined for plain values. */
function innerObject(type: FieldType, old: unknown, choices: Choices): Inner | undefined {
  switch (type.kind) {
    case 'struct':
    case 'structOrAny': {
      const object = isContainer(old) && !Array.isArray(old) ? old : {};
      return { value: object, object, struct: type.struct() };
    }
    case 'list': {
      const list: unknown[] = Array.isArray(old) ? old : [];
      const at = list.length === 0 || choices.chance(0.2) ? list.length : choices.below(list.length);
      const inner = innerObject(type.items, list[at], choices);
      if (inner) list[at] = inner.value;
      return inner && { ...inner, value: list };
    }
    case 'map': {
      const map = isContainer(old) && !Array.isArray(old) ? old : {};
      const key = choices.of([...Object.keys(map), choices.of(ODD_STRINGS)]);
      const inner = innerObject(type.values, ownField(map as Record<string, unknown>, key), choices);
      if (inner) setField(map, key, inner.value);
      return inner && { ...inner, value: map };
    }
    default:
      return undefined;
  }
}

const NUMBERS = [-1, 0, 1, 3, 80, 65_536, 2_147_483_647, new RawJson('9223372036854775807')];

function typedValue(type: FieldType, choices: Choices, fuel: number): unknown {
  switch (type.kind) {
    case 'bool':
      return choices.chance(0.5);
    case 'int32':
    case 'int64':
    case 'double':
      return choices.of(NUMBERS);
    case 'intOrString':
      return choices.of([...NUMBERS, '50%', 'http', '-1%', '']);
    case 'quantity':
      return choices.of([
        '0',
        '1',
        '100m',
        '1Gi',
        '-1',
        '1e3',
        '0.1n',
        '1E',
        '999999999999999999999Ei',
        5,
        0.1,
      ]);
    case 'time':
    case 'microTime':
      return choices.of([
        '2026-01-01T00:00:00Z',
        '2026-01-01T00:00:00.123456Z',
        '0001-01-01T00:00:00Z',
        '9999-12-31T23:59:59-23:59',
        null,
      ]);
    case 'bytes':
      return choices.of(['', 'eA==', '////', 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==']);
    case 'list':
      return Array.from({ length: fuel <= 0 ? 0 : choices.below(4) }, () =>
        typedValue(type.items, choices, fuel - 1),
      );
    case 'map': {
      const map = {};
      for (let n = fuel <= 0 ? 0 : choices.below(3); n > 0; n--)
        setField(map, choices.of(ODD_STRINGS), typedValue(type.values, choices, fuel - 1));
      return map;
    }
    case 'struct': {
      const object = {};
      for (const field of type.struct().fields.values())
        if (fuel > 0 && choices.chance(0.3))
          setField(object, field.name, typedValue(field.type, choices, fuel - 1));
      return object;
    }
    case 'any':
    case 'structOrAny':
      return anyOdd(choices);
    default:
      return choices.of(ODD_STRINGS);
  }
}
