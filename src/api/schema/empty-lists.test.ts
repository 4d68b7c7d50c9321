import { expect, test } from 'vitest';
import type { KubeObject } from '../object.ts';
import { decode } from './decode-body.ts';
import { copyEmptyLists, withEmptyLists, wroteEmptyListAt } from './empty-lists.ts';

const ROLE = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  schema: 'io.k8s.api.rbac.v1.Role',
};
const role = (body: object) =>
  decode(
    ROLE,
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', ...body },
    { fieldValidation: 'Ignore' },
  ).object as KubeObject & { rules: unknown };

test('An empty list is stored as null, but known to have been written', () => {
  const object = role({ metadata: { name: 'a' }, rules: [] });
  expect(object.rules).toBeNull();
  expect(withEmptyLists(object).rules).toEqual([]);
  expect(object.rules).toBeNull();
});

test('A list that was left out was not written', () => {
  expect(withEmptyLists(role({ metadata: { name: 'a' } })).rules).toBeNull();
});

test('Lists within lists are found by their place', () => {
  const object = role({ rules: [{ verbs: ['get'] }, { verbs: [] }] });
  expect(object.rules).toEqual([{ verbs: ['get'] }, { verbs: null }]);
  expect(withEmptyLists(object).rules).toEqual([{ verbs: ['get'] }, { verbs: [] }]);
});

test('A copy is known like its original', () => {
  const object = role({ rules: [] });
  expect(withEmptyLists(copyEmptyLists(object, structuredClone(object))).rules).toEqual([]);
});

test('Empty lists and maps that nobody owns are known, too, by the paths of errors', () => {
  const pod = decode(
    { group: '', version: 'v1', kind: 'Pod', schema: 'io.k8s.api.core.v1.Pod' },
    { metadata: { labels: {} }, spec: { containers: [{ name: 'c', args: [] }] } },
    { fieldValidation: 'Ignore' },
  ).object;
  const paths = [
    'metadata.labels',
    'metadata.annotations',
    'spec.containers[0].args',
    'spec.containers[0].env',
  ];
  expect(paths.map(path => wroteEmptyListAt(pod, path))).toEqual([true, false, true, false]);
});
