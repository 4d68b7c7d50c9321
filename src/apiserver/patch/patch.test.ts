import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameJson } from '../operations/clone.ts';
import { type JsonPatchOperation, jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMergePatch } from './strategic.ts';

const POD = 'io.k8s.api.core.v1.Pod';
const containers = (...list: object[]) => ({ spec: { containers: list } });

// RFC 7396, appendix A.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  // Upstream's library: fields of objects in lists too.
  [{}, { a: [{ b: null, c: [{ d: null }] }, null] }, { a: [{ c: [{}] }, null] }],
])('merge patch: %j with %j is %j', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

test('a merge patch applied twice is the same as once', () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(target, patch);
      expect(sameJson(mergePatch(once, patch), once)).toBe(true);
    }),
  );
});

const patched = (document: unknown, ...operations: JsonPatchOperation[]) =>
  jsonPatch(structuredClone(document), operations);

test('JSON patch adds, removes, moves, copies and tests', () => {
  expect(patched({ a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 })).toEqual({ a: [1, 2, 3] });
  expect(patched({ a: [1, 2] }, { op: 'remove', path: '/a/-1' })).toEqual({ a: [1] });
  expect(patched({ a: 1 }, { op: 'move', from: '/a', path: '/b' })).toEqual({ b: 1 });
  expect(patched({ a: { x: 1 } }, { op: 'copy', from: '/a', path: '/b' })).toEqual({
    a: { x: 1 },
    b: { x: 1 },
  });
  expect(patched({ 'a/b': 1 }, { op: 'replace', path: '/a~1b', value: 2 })).toEqual({ 'a/b': 2 });
  expect(patched({ a: 1 }, { op: 'copy', from: '/none', path: '/b' })).toEqual({ a: 1, b: null });
  expect(patched({ a: 1 }, { op: 'replace', path: '', value: { b: 2 } })).toEqual({ b: 2 });
  expect(patched({ a: 1 }, { op: 'test', path: '', value: { a: 1 } })).toEqual({ a: 1 });
  expect(() => patched({ a: 1 }, { op: 'test', path: '/a', value: 2 })).toThrow('error in our request');
});

test.each<JsonPatchOperation>([
  { op: 'remove', path: '/none' },
  { op: 'add', path: '/a/b/c', value: 1 },
  { op: 'add', path: '/list/9', value: 1 },
  { op: 'frob', path: '/a' },
  { op: 'add', value: 1 },
  { op: 'add', path: '', value: {} },
  { op: 'replace', path: 'a', value: 2 },
  { op: 'test', path: 'a', value: 1 },
  { op: 'copy', from: '', path: '/b' },
  { op: 'move', from: '/a', path: '' },
  { op: 'move', from: '/none', path: '/b' },
])('JSON patch refuses %j', operation => {
  expect(() => patched({ a: 1, list: [] }, operation)).toThrow('error in our request');
});

test('more than 10,000 operations are refused', () => {
  const operations = Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/a', value: 1 }));
  expect(() => jsonPatch({}, operations)).toThrow(
    'The allowed maximum operations in a JSON patch is 10000, got 10001',
  );
});

test('a strategic merge patch finds list items by their merge key', () => {
  const pod = containers(
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  );
  const patch = containers({ name: 'b', image: 'b:2' }, { name: 'a', env: [{ name: 'Y', value: '2' }] });
  const result = strategicMergePatch(pod, patch, POD) as ReturnType<typeof containers>;
  expect(result.spec.containers).toEqual([
    { name: 'b', image: 'b:2' },
    {
      name: 'a',
      image: 'a:1',
      env: [
        { name: 'Y', value: '2' },
        { name: 'X', value: '1' },
      ],
    },
  ]);
});

test('directives delete, replace, order and keep', () => {
  const pod = containers({ name: 'a' }, { name: 'b' }, { name: 'c' });
  const apply = (patch: object) =>
    (strategicMergePatch(pod, { spec: patch }, POD) as typeof pod).spec.containers;
  expect(apply({ containers: [{ name: 'b', $patch: 'delete' }] })).toEqual([{ name: 'a' }, { name: 'c' }]);
  expect(apply({ containers: [{ $patch: 'replace' }, { name: 'z' }] })).toEqual([{ name: 'z' }]);
  const order = [{ name: 'c' }, { name: 'a' }, { name: 'b' }];
  expect(apply({ '$setElementOrder/containers': order })).toEqual(order);
  const volumes = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } };
  const switched = {
    spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
  };
  expect(strategicMergePatch(volumes, switched, POD)).toEqual({
    spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] },
  });
});

test('values are taken out of lists of primitives', () => {
  const object = { metadata: { finalizers: ['a', 'b', 'c'] } };
  const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } };
  expect(strategicMergePatch(object, patch, POD)).toEqual({ metadata: { finalizers: ['a', 'c'] } });
});

test('a list item without its merge key is refused with its text', () => {
  expect(() => strategicMergePatch(containers(), containers({ image: 'x' }), POD)).toThrow(
    'map: map[image:x] does not contain declared merge key: name',
  );
});

test('a strategic merge patch changes neither document nor patch', () => {
  const document = containers({ name: 'a', image: '1' });
  const patch = containers({ name: 'a', image: '2' }, { name: 'b', image: null });
  const before = structuredClone([document, patch]);
  strategicMergePatch(document, patch, POD);
  expect([document, patch]).toEqual(before);
});

test.each([
  [{ finalizers: ['a/b'] }, { finalizers: [{ $patch: 'replace' }] }, 'list element types are not identical'],
  [{}, { '$setElementOrder/labels': ['a'] }, 'expected slice or array type, but got: struct'],
  [
    {},
    { '$setElementOrder/none': ['a'] },
    'unable to find api field in struct ObjectMeta for the json field "none"',
  ],
  [
    { ownerReferences: [{ uid: '1' }] },
    { ownerReferences: [{}] },
    'does not contain declared merge key: uid',
  ],
])('metadata %j refuses %j', (metadata, patch, why) => {
  expect(() => strategicMergePatch({ metadata }, { metadata: patch }, POD)).toThrow(why);
});

test('a list that does not merge is taken as it is sent, directives and all', () => {
  const account = 'io.k8s.api.core.v1.ServiceAccount';
  const patch = { imagePullSecrets: [{ $patch: 'replace' }] };
  expect(strategicMergePatch({ imagePullSecrets: [{ name: 'q' }] }, patch, account)).toEqual(patch);
});

test('what there was nothing to merge with loses nulls and marked parts', () => {
  const patch = { metadata: { labels: { a: null, b: '1' }, annotations: { $patch: 'replace', c: '2' } } };
  expect(strategicMergePatch({ metadata: {} }, patch, POD)).toEqual({ metadata: { labels: { b: '1' } } });
});

test.each([
  [{ metadata: { $setElementOrder: ['a'] } }, 'invalid patch format of setElementOrder list'],
  [{ metadata: { '$setElementOrderX/finalizers': ['a'] } }, 'invalid patch format of setElementOrder list'],
  [{ metadata: { $deleteFromPrimitiveList: ['a'] } }, 'invalid patch format of primitive list'],
  [
    { metadata: { '$setElementOrder/finalizers': null } },
    'expected a []interface {}, but received a %!s(<nil>)',
  ],
])('a directive without what it is about is refused: %j', (patch, message) => {
  expect(() => strategicMergePatch({ metadata: { finalizers: ['a'] } }, patch, POD)).toThrow(message);
});
