import fc from 'fast-check';
import { expect, test } from 'vitest';
import { builtinKinds } from '../kinds.ts';
import { StatusError } from '../status-error.ts';
import { base64Error } from './base64.ts';
import { allSchemas, structType } from './compile.ts';
import { decodeType } from './decode.ts';
import { type Decoded, decode, decodeBody, type FieldValidation } from './decode-body.ts';
import { canonicalMicroTime, canonicalTime } from './go-time.ts';
import { fieldAt, kindId } from './lookup.ts';

const POD = 'io.k8s.api.core.v1.Pod';
const pod = { group: '', version: 'v1', kind: 'Pod', schema: POD };

function body(text: string, fieldValidation: FieldValidation = 'Warn'): Decoded {
  return decodeBody(pod, text, { fieldValidation });
}

function refusal(text: string, fieldValidation: FieldValidation = 'Warn'): string {
  try {
    body(text, fieldValidation);
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError);
    expect((error as StatusError).code).toBe(400);
    return (error as StatusError).message;
  }
  throw new Error('was accepted');
}

test('empty values that Go leaves out are left out, structs and required fields are written', () => {
  const { value } = decodeType(POD, {
    metadata: { name: 'a', labels: {}, finalizers: [], creationTimestamp: null },
    spec: {
      containers: [{ name: 'c', args: [], tty: false, image: '' }],
      hostNetwork: false,
      hostUsers: false,
    },
  });
  expect(value).toEqual({
    metadata: { name: 'a' },
    spec: { containers: [{ name: 'c', resources: {} }], hostUsers: false },
    status: {},
  });
});

test('an empty string that is a pointer in Go stays, and is refused later', () => {
  const { value } = decodeType('io.k8s.api.core.v1.ServiceSpec', {
    trafficDistribution: '',
    externalName: '',
  });
  expect(value).toEqual({ trafficDistribution: '' });
});

test('nulls are as if absent, but as elements of lists and maps they are zero values', () => {
  const { value } = decodeType(POD, {
    metadata: { annotations: { k: null } },
    spec: { containers: null, tolerations: [null], nodeSelector: null },
  });
  expect(value).toEqual({
    metadata: { annotations: { k: '' } },
    spec: { containers: null, tolerations: [{}] },
    status: {},
  });
});

test('quantities, times and base64 take their canonical form', () => {
  const container = { name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Ki' } } };
  const { value } = decodeType(POD, {
    metadata: { deletionTimestamp: '2026-01-31T12:00:00.5+01:00' },
    spec: { containers: [container] },
  });
  expect(value).toMatchObject({
    metadata: { deletionTimestamp: '2026-01-31T11:00:00Z' },
    spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Mi' } } }] },
  });
});

test('the first type error is named with its place and Go type', () => {
  expect(refusal('{"spec": {"containers": [{"tty": 1, "stdin": "x"}]}}')).toBe(
    'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field Container.spec.containers.tty of type bool',
  );
  expect(
    refusal('{"spec": {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": {}}}}]}]}}'),
  ).toContain(
    'SecretKeySelector.spec.containers.env.valueFrom.secretKeyRef.LocalObjectReference.name of type string',
  );
});

test('an error in a quantity ends decoding and wins over type errors before it', () => {
  const text = '{"spec": {"containers": [{"tty": 1, "resources": {"limits": {"cpu": "x"}}}]}}';
  expect(refusal(text)).toContain('quantities must match the regular expression');
});

test('numbers are told apart by how they are written', () => {
  const grace = (n: string) => `{"spec": {"terminationGracePeriodSeconds": ${n}}}`;
  expect(refusal(grace('3.0'))).toContain('cannot unmarshal number 3.0 into');
  expect(refusal(grace('99999999999999999999'))).toContain('number 99999999999999999999 into');
  expect(body(grace('3')).object).toMatchObject({ spec: { terminationGracePeriodSeconds: 3 } });
});

test('unknown and repeated fields are dropped, warned about or refused', () => {
  const text = '{"bogus": 1, "metadata": {"name": "z", "x": 1, "name": "a"}, "spec": {"Containers": []}}';
  const found = [
    'unknown field "bogus"',
    'unknown field "metadata.x"',
    'duplicate field "metadata.name"',
    'unknown field "spec.Containers"',
  ];
  expect(body(text).warnings).toEqual(found);
  expect(body(text).object.metadata.name).toBe('a');
  expect(body(text, 'Ignore').warnings).toEqual([]);
  expect(refusal(text, 'Strict')).toBe(
    `Pod in version "v1" cannot be handled as a Pod: strict decoding error: ${found.join(', ')}`,
  );
});

test('objects given twice under one key are merged', () => {
  const text = '{"metadata": {"labels": {"a": "1"}}, "metadata": {"labels": {"b": "2"}, "name": "x"}}';
  expect(body(text, 'Ignore').object.metadata).toMatchObject({ name: 'x' });
});

test('another kind or version is refused as upstream’s scheme does', () => {
  const as = (apiVersion: string, kind: string) => refusal(JSON.stringify({ apiVersion, kind }));
  expect(as('v1', 'Bogus')).toContain('no kind "Bogus" is registered for version "v1" in scheme');
  expect(as('v1', 'Secret')).toContain('converting (v1.Secret) to (core.Pod): unknown conversion');
  expect(as('a/b/c', 'Pod')).toContain('unexpected GroupVersion string: a/b/c');
});

test('input is not changed', () => {
  const value = { metadata: { name: 'a' }, spec: { containers: [{ name: 'c', args: [] }] } };
  const copy = structuredClone(value);
  decode(pod, value, { fieldValidation: 'Strict' });
  expect(value).toEqual(copy);
});

test('every kind decodes an empty object, and what is decoded decodes to itself', () => {
  for (const kind of builtinKinds) {
    const first = decodeType(kind.schema, {}).value;
    expect(decodeType(kind.schema, first).value).toEqual(first);
  }
});

test('any JSON is either refused in Go’s words or decodes to something that decodes to itself', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom('spec', 'metadata', 'status'),
      (value, field) => {
        let decoded: unknown;
        try {
          decoded = decodeType(POD, { [field]: value }).value;
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^json: cannot unmarshal|^parsing time|^quantities|base64/,
          );
          return;
        }
        expect(decodeType(POD, decoded).value).toEqual(decoded);
      },
    ),
  );
});

test('every enumerated field has the name of its Go type', () => {
  const nameless: string[] = [];
  for (const [id, schema] of Object.entries(allSchemas())) {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      if (!property.enum) continue;
      const goName = structType(id).fields.get(name)?.type.goName;
      if (goName === 'string') nameless.push(`${id}.${name}`);
    }
  }
  expect(nameless).toEqual([]);
});

test('merge keys and list types are found along a path', () => {
  expect(fieldAt(POD, ['spec', 'containers', 'ports'])).toMatchObject({
    patchMergeKey: 'containerPort',
    listType: 'map',
    listMapKeys: ['containerPort', 'protocol'],
  });
  expect(fieldAt(POD, ['spec', 'nope'])).toBeUndefined();
  expect(kindId('apps', 'v1', 'Deployment')).toBe('io.k8s.api.apps.v1.Deployment');
});

test('base64 is accepted as Go accepts it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      expect(base64Error(Buffer.from(bytes).toString('base64'))).toBeUndefined();
    }),
  );
  expect(base64Error('AA')).toBe(0);
  expect(base64Error('not base64!')).toBe(3);
  expect(base64Error('_-8=')).toBe(0);
  expect(base64Error('AAAA\nAA==')).toBeUndefined();
});

test.each([
  [
    'yesterday',
    'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
  ],
  ['2026-13-01T00:00:00Z', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
  ['2026-02-29T00:00:00Z', 'parsing time "2026-02-29T00:00:00Z": day out of range'],
  ['2026-01-01T00:00:00Zx', 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"'],
  ['2026-01-01', 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
])('the time %s is refused in Go’s words', (text, message) => {
  expect(() => canonicalTime(text)).toThrow(message);
});

test('micro times need six decimals', () => {
  expect(canonicalMicroTime('2026-01-31T12:00:00.123456+01:00')).toBe('2026-01-31T11:00:00.123456Z');
  expect(() => canonicalMicroTime('2026-01-31T12:00:00Z')).toThrow('cannot parse "Z" as ".000000"');
});

test('schemas that may be something else are read as by their own decoder', () => {
  const read = (schema: unknown) =>
    decodeType('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps', schema);
  expect(read({ additionalProperties: { typo: 1 } })).toMatchObject({ strictErrors: [] });
  expect(read({ additionalProperties: false, items: [{ type: 'string' }] }).value).toEqual({
    additionalProperties: false,
    items: [{ type: 'string' }],
  });
  expect(read({ items: 'x' }).value).toEqual({ items: null });
  expect(read({ dependencies: { a: ['b'], c: 'd' } }).value).toEqual({ dependencies: { a: ['b'], c: null } });
  expect(() => read({ additionalItems: 'x' })).toThrow('boolean or JSON schema expected');
  expect(() => read({ items: { type: 1 } })).toThrow(
    'json: cannot unmarshal number into Go struct field JSONSchemaProps.type of type string',
  );
  expect(() => read({ items: [1] })).toThrow(
    'json: cannot unmarshal number into Go value of type v1.JSONSchemaProps',
  );
});
