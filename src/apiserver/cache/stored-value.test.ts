import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { encodeForStore, spliceRevision } from './stored-value.ts';

test('kind, apiVersion and metadata come first, and resourceVersion is left out', () => {
  const object = {
    spec: { replicas: 1 },
    metadata: { resourceVersion: '7', name: 'web' },
    apiVersion: 'apps/v1',
    kind: 'Deployment',
  } as KubeObject;
  expect(encodeForStore(object).toString()).toBe(
    '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web"},"spec":{"replicas":1}}',
  );
  expect(object.metadata.resourceVersion).toBe('7');
});

test('an object without kind, apiVersion or metadata is refused', () => {
  for (const missing of ['kind', 'apiVersion', 'metadata']) {
    const object = {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: {},
      [missing]: undefined,
    } as unknown as KubeObject;
    expect(() => encodeForStore(object)).toThrow(TypeError);
  }
});

test('the revision becomes the first member of metadata, also of an empty one', () => {
  const { bytes, itemStart } = spliceRevision(
    encodeForStore({ kind: 'Pod', apiVersion: 'v1', metadata: {} }),
    12,
  );
  expect(bytes.toString()).toBe('{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"12"}}');
  expect(`{${bytes.subarray(itemStart)}`).toBe('{"metadata":{"resourceVersion":"12"}}');
});

test('bytes that are no stored object are refused', () => {
  expect(() => spliceRevision(Buffer.from('{}'), 1)).toThrow(
    'Cannot read a stored object: it has no metadata',
  );
});

test('whatever the object, it comes back as it was, with its revision', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('"metadata":{', '\\"metadata":{', '{"metadata":{}}', 'ü"'),
  );
  const nonEmpty = text.filter(t => t !== '');
  fc.assert(
    fc.property(
      nonEmpty,
      nonEmpty,
      fc.dictionary(nonEmpty, text, { maxKeys: 3 }),
      fc.jsonValue({ maxDepth: 2 }),
      fc.nat(),
      (kind, apiVersion, labels, spec, revision) => {
        const object = { kind, apiVersion, metadata: { name: 'x', labels }, spec } as KubeObject;
        const expected = JSON.parse(JSON.stringify(object)) as KubeObject;
        expected.metadata.resourceVersion = String(revision);
        const { bytes, itemStart } = spliceRevision(encodeForStore(object), revision);
        expect(JSON.parse(bytes.toString())).toEqual(expected);
        const { kind: _, apiVersion: __, ...item } = expected;
        expect(JSON.parse(`{${bytes.subarray(itemStart)}`)).toEqual(item);
      },
    ),
  );
});
