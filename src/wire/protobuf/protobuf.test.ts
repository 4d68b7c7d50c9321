/** Every built-in kind over protobuf and back, checked by the schemas and by protobufjs. */
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { builtinKinds } from '../../api/kinds.ts';
import { apiVersionOf } from '../../api/object.ts';
import { allSchemas, structType } from '../../api/schema/compile.ts';
import { decodeType } from '../../api/schema/decode.ts';
import type { FieldType, StructType } from '../../api/schema/types.ts';
import { decodeMessage, fromProtobuf } from './decode.ts';
import { encodeMessage } from './encode.ts';
import { isSpecial } from './encode-special.ts';
import { listItem, messageOfItem, unwrap, watchFrame, wrap } from './envelope.ts';
import { messageNameOf } from './message-name.ts';
import { allMessages, EMBEDDED, type MessageField, messageNamed } from './messages.ts';

const kinds = builtinKinds.map(definition => {
  const apiVersion = apiVersionOf(definition);
  return { kind: definition.kind, schema: definition.schema, apiVersion };
});

test('every built-in kind has a message', () => {
  expect(kinds.filter(k => messageNameOf(k.apiVersion, k.kind) === undefined)).toEqual([]);
});

test('every field of every type has a field in its message, by the same name', () => {
  const missing: string[] = [];
  for (const [id, schema] of Object.entries(allSchemas())) {
    const message = messageNamed(messageOfSchema(id));
    if (!message || !schema.properties || isSpecial(messageOfSchema(id))) continue;
    const there = new Set(jsonFields(message));
    for (const name of structType(id).fields.keys())
      if (!there.has(name) && name !== 'apiVersion' && name !== 'kind') missing.push(`${id} ${name}`);
  }
  expect(missing).toEqual([]);
});

test.each(kinds)(
  '$apiVersion $kind survives the way to protobuf and back',
  ({ apiVersion, kind, schema }) => {
    fc.assert(
      fc.property(structArbitrary(structType(schema)), generated => {
        const { value } = decodeType(schema, generated);
        const object = { ...value, apiVersion, kind };
        const bytes = Buffer.concat(
          wrap({ apiVersion, kind }, [encodeMessage(nameOf(apiVersion, kind), object)]),
        );
        const back = decodeType(schema, fromProtobuf(bytes)).value;
        expect(withoutEmpty({ ...back, apiVersion, kind })).toEqual(withoutEmpty(object));
      }),
      { numRuns: 30 },
    );
  },
);

test.each(kinds)(
  'protobufjs reads from our bytes of $apiVersion $kind what we wrote',
  ({ apiVersion, kind, schema }) => {
    const name = nameOf(apiVersion, kind);
    const type = descriptor().lookupType(name);
    fc.assert(
      fc.property(structArbitrary(structType(schema)), generated => {
        const bytes = encodeMessage(name, decodeType(schema, generated).value);
        const read = type.decode(bytes);
        // Its own encoder orders nothing and knows nothing of JSON: what it writes must read the same.
        const again = Buffer.from(type.encode(read).finish());
        expect(decodeMessage(name, again)).toEqual(decodeMessage(name, bytes));
        expect(unknownFields(type, bytes)).toEqual([]);
      }),
      { numRuns: 10 },
    );
  },
);

test('a pod looks to protobufjs as its proto file says', () => {
  const type = descriptor().lookupType('k8s.io.api.core.v1.Pod');
  const bytes = encodeMessage('k8s.io.api.core.v1.Pod', {
    metadata: { name: 'p', labels: { b: '2', a: '1' }, creationTimestamp: '2026-01-02T03:04:05Z' },
    spec: {
      nodeSelector: {},
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      terminationGracePeriodSeconds: 0,
      securityContext: { supplementalGroups: [1, -1, 2 ** 40] },
      containers: [
        {
          name: 'c',
          env: [{ name: 'E', value: 'ü' }],
          readinessProbe: { httpGet: { port: 'http' }, periodSeconds: 3 },
          livenessProbe: { tcpSocket: { port: 80 } },
        },
      ],
    },
  });
  expect(type.toObject(type.decode(bytes), { longs: Number })).toEqual({
    metadata: {
      name: 'p',
      labels: { a: '1', b: '2' },
      creationTimestamp: { seconds: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000, nanos: 0 },
    },
    spec: {
      volumes: [{ name: 'v', volumeSource: { emptyDir: { sizeLimit: { string: '1Gi' } } } }],
      terminationGracePeriodSeconds: 0,
      securityContext: { supplementalGroups: [1, -1, 2 ** 40] },
      containers: [
        {
          name: 'c',
          env: [{ name: 'E', value: 'ü' }],
          readinessProbe: {
            handler: { httpGet: { port: { type: 1, intVal: 0, strVal: 'http' } } },
            periodSeconds: 3,
          },
          livenessProbe: { handler: { tcpSocket: { port: { type: 0, intVal: 80, strVal: '' } } } },
        },
      ],
    },
  });
});

test('schemas of custom resources keep the forms they were written in', () => {
  const name = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
  const schema = {
    type: 'object',
    $ref: '#/x',
    default: { a: [1, null] },
    items: { type: 'string' },
    additionalProperties: false,
    additionalItems: { type: 'integer' },
    dependencies: { a: ['b'], c: { type: 'string' } },
    enum: [1, 'x', null],
    maximum: -1.5,
    properties: { p: { items: { type: 'string' }, 'x-kubernetes-int-or-string': true } },
  };
  expect(decodeMessage(name, encodeMessage(name, schema))).toEqual(schema);
});

test('strings of any length and script arrive whole', () => {
  const name = 'k8s.io.api.core.v1.ConfigMap';
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(20_000), (text, padding) => {
      const data = { data: { [text]: text, long: text + 'x'.repeat(padding) } };
      expect(decodeMessage(name, encodeMessage(name, data))).toEqual({ data: wellFormed(data.data) });
    }),
    { numRuns: 30 },
  );
});

test('the kept form of a list item gives its message back', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 100_000]) {
    const message = Buffer.alloc(length, 7);
    expect(messageOfItem(listItem(message)).equals(message)).toBe(true);
  }
});

test('a watch frame is a length, an event and an object in its envelope', () => {
  const type = { apiVersion: 'v1', kind: 'ConfigMap' };
  const message = encodeMessage('k8s.io.api.core.v1.ConfigMap', { metadata: { name: 'x'.repeat(200) } });
  const frame = watchFrame('ADDED', type, message);
  expect(frame.readUInt32BE(0)).toBe(frame.length - 4);
  const event = descriptor()
    .lookupType('k8s.io.apimachinery.pkg.apis.meta.v1.WatchEvent')
    .decode(frame.subarray(4)) as unknown as { type: string; object: { raw: Buffer } };
  expect(event.type).toBe('ADDED');
  expect(unwrap(Buffer.from(event.object.raw))).toEqual({ ...type, raw: message });
});

function nameOf(apiVersion: string, kind: string): string {
  const name = messageNameOf(apiVersion, kind);
  if (name === undefined) throw new Error(`No message for ${apiVersion} ${kind}`);
  return name;
}

function messageOfSchema(id: string): string {
  return id
    .replace(
      /^io\.k8s\.(kube-aggregator|apiextensions-apiserver)\./,
      (_, part: string) => `k8s.io.${part.replace('-', '_')}.`,
    )
    .replace(/^io\.k8s\./, 'k8s.io.');
}

function jsonFields(message: ReadonlyMap<number, MessageField>): string[] {
  return [...message.values()].flatMap(({ name, type }) => {
    const inner = name === EMBEDDED ? messageNamed(type) : undefined;
    return inner ? jsonFields(inner) : [name];
  });
}

/** Values of a type; half of the fields, and less the deeper they stand. */
function structArbitrary(struct: StructType, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, field] of struct.fields) {
    if (depth === 0 && (name === 'apiVersion' || name === 'kind')) continue;
    model[name] = fc.option(valueArbitrary(field.type, depth + 1), {
      nil: undefined,
      freq: Math.max(1, 4 - depth),
    });
  }
  return fc.record(model, { requiredKeys: [] });
}

const MAX_GENERATED_DEPTH = 7;

function valueArbitrary(type: FieldType, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return fc.string({ unit: 'grapheme', maxLength: 12 });
    case 'bool':
      return fc.boolean();
    case 'int32':
      return fc.integer();
    case 'int64':
      return fc.maxSafeInteger();
    case 'double':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map(n => (Object.is(n, -0) ? 0 : n));
    case 'bytes':
      return fc.uint8Array({ minLength: 1, maxLength: 9 }).map(b => Buffer.from(b).toString('base64'));
    case 'quantity':
      return fc.constantFrom('0', '1', '100m', '1Gi', '2500', '-3');
    case 'intOrString':
      return fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.constantFrom('http', '25%'));
    case 'time':
      return fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }).map(seconds);
    case 'microTime':
      return fc
        .tuple(
          fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true }),
          fc.nat(999_999),
        )
        .map(([d, micros]) => `${seconds(d).slice(0, -1)}.${String(micros).padStart(6, '0')}Z`);
    case 'any':
      if (!/RawExtension|JSON|FieldsV1|interface/.test(type.goName)) return fc.constant({});
      return fc.dictionary(
        fc.string({ maxLength: 5 }).filter(k => k !== '__proto__'),
        fc.oneof(fc.string(), fc.integer(), fc.boolean()),
        {
          maxKeys: 3,
        },
      );
    case 'structOrAny':
      if (type.goName.endsWith('OrBool')) return fc.boolean();
      return depth > MAX_GENERATED_DEPTH
        ? fc.constant({})
        : fc.constant(undefined).chain(() => structArbitrary(type.struct(), depth + 3));
    case 'list':
      return fc.array(
        depth > MAX_GENERATED_DEPTH && isDeep(type.items) ? fc.constant({}) : lazy(type.items, depth),
        {
          maxLength: 2,
        },
      );
    case 'map':
      return fc.dictionary(
        fc.string({ maxLength: 6 }).filter(k => k !== '__proto__'),
        lazy(type.values, depth),
        { maxKeys: 2 },
      );
    case 'struct':
      return depth > MAX_GENERATED_DEPTH
        ? fc.constant({})
        : fc.constant(undefined).chain(() => structArbitrary(type.struct(), depth));
  }
}

const isDeep = (type: FieldType) => type.kind === 'struct' || type.kind === 'structOrAny';
/** Types contain themselves: the arbitrary of an inner one is made when it is drawn. */
const lazy = (type: FieldType, depth: number) =>
  fc.constant(undefined).chain(() => valueArbitrary(type, depth + 1));
const seconds = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;

/** Protobuf knows no difference between an empty list or map and none. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([k, v]) => [k, withoutEmpty(v)] as const)
      .filter(([, v]) => v !== null && v !== undefined && !(Array.isArray(v) && v.length === 0)),
  );
}

function wellFormed(data: Readonly<Record<string, string>>): Record<string, string> {
  const whole = (text: string) => Buffer.from(text).toString();
  return Object.fromEntries(Object.entries(data).map(([k, v]) => [whole(k), whole(v)]));
}

let root: protobuf.Root | undefined;

/** What protoc would have made of the facts. */
function descriptor(): protobuf.Root {
  if (root) return root;
  root = new protobuf.Root();
  for (const { message, fields } of allMessages()) {
    const dot = message.lastIndexOf('.');
    const type = new protobuf.Type(message.slice(dot + 1));
    for (const { field, number, label, type: of } of fields) {
      const absolute = (name: string) =>
        name.includes('.') ? (name.startsWith('.') ? name : `.${name}`) : name;
      const map = /^map<string, (.*)>$/.exec(of)?.[1];
      if (map !== undefined) type.add(new protobuf.MapField(field, number, 'string', absolute(map)));
      else
        type.add(
          new protobuf.Field(
            field,
            number,
            absolute(of),
            label === 'repeated' ? 'repeated' : 'optional',
            undefined,
            {
              packed: false,
            },
          ),
        );
    }
    root.define(message.slice(0, dot)).add(type);
  }
  return root;
}

/** Field numbers in `bytes` that the descriptor does not have. */
function unknownFields(type: protobuf.Type, bytes: Buffer): number[] {
  const reader = protobuf.Reader.create(bytes);
  const unknown: number[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!type.fieldsById[tag >>> 3]) unknown.push(tag >>> 3);
    reader.skipType(tag & 7);
  }
  return unknown;
}
