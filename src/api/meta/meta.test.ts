import { expect, test } from 'vitest';
import { percentOf, scaledIntOrPercent } from './int-or-string.ts';
import { validateLabelSelector } from './labels.ts';
import {
  checkName,
  configMapKey,
  dnsLabel,
  dnsSubdomain,
  labelValue,
  pathSegmentName,
  portName,
  qualifiedName,
  relaxedEnvVarName,
} from './names.ts';
import {
  carryMetadata,
  dropDuplicateOwners,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from './object-meta.ts';

const namespaced = { namespaced: true };
const lines = (errors: readonly { field: string; body: string }[]) =>
  errors.map(e => `${e.field}: ${e.body}`);

test('names of each kind of rule are told apart', () => {
  expect(dnsLabel('a-1')).toEqual([]);
  expect(dnsLabel('a.b')).toEqual(['must not contain dots']);
  expect(dnsLabel('x'.repeat(64))).toEqual(['must be no more than 63 characters']);
  expect(dnsSubdomain('a.b-c.d')).toEqual([]);
  expect(dnsSubdomain('A')[0]).toMatch(/^a lowercase RFC 1123 subdomain must consist of/);
  expect(pathSegmentName('system:node')).toEqual([]);
  expect(pathSegmentName('..')).toEqual(["may not be '..'"]);
  expect(pathSegmentName('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"]);
});

test('a prefix for generated names may end in a dash', () => {
  expect(checkName(undefined, 'web-', true)).toEqual([]);
  expect(checkName(undefined, 'web-')).toHaveLength(1);
  expect(checkName('dns-label', 'web.', true)).toHaveLength(1);
});

test('qualified names have a name of 63 bytes and a domain before one slash', () => {
  expect(qualifiedName('example.com/My_Name.1')).toEqual([]);
  expect(qualifiedName('/a')).toEqual(['prefix part must be non-empty']);
  expect(qualifiedName('a/b/c')[0]).toMatch(
    /^a valid label key must consist of .*with an optional DNS subdomain/,
  );
  expect(qualifiedName('')).toHaveLength(2);
  expect(qualifiedName('é'.repeat(32))).toContain('name part must be no more than 63 bytes');
});

test('label values, keys of data, ports and variables follow rules of their own', () => {
  expect(labelValue('')).toEqual([]);
  expect(labelValue('-a')).toHaveLength(1);
  expect(configMapKey('..x')).toEqual(["must not start with '..'"]);
  expect(portName('http-2')).toEqual([]);
  expect(portName('80')).toEqual(['must contain at least one letter (a-z)']);
  expect(relaxedEnvVarName('a b')).toEqual([]);
  expect(relaxedEnvVarName('a=b')).toHaveLength(1);
});

test('metadata is checked in upstream’s order', () => {
  const errors = validateObjectMeta(
    {
      name: 'Bad',
      namespace: 'ns',
      labels: { 'bad key': 'v' },
      annotations: { 'x.io/OK': 'v' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'o', uid: '' }],
      finalizers: ['bad', 'orphan', 'foregroundDeletion'],
    },
    namespaced,
  );
  expect(lines(errors).map(l => l.slice(0, 60))).toEqual([
    'metadata.name: Invalid value: "Bad": a lowercase RFC 1123 su',
    'metadata.labels: Invalid value: "bad key": name part must co',
    'metadata.ownerReferences.uid: Invalid value: "": must not be',
    'metadata.ownerReferences: Invalid value: {"apiVersion":"v1",',
    'metadata.finalizers[0]: Invalid value: "bad": name is neithe',
    'metadata.finalizers: Invalid value: ["bad","orphan","foregro',
  ]);
});

test('annotations are limited together', () => {
  const annotations = { a: 'x'.repeat(200_000), b: 'x'.repeat(100_000) };
  const errors = validateObjectMeta({ name: 'a', namespace: 'ns', annotations }, namespaced);
  expect(lines(errors)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes']);
});

test('what an update may not change is refused, new finalizers only while deleting', () => {
  const old = { name: 'a', namespace: 'ns', uid: 'u', resourceVersion: '1', finalizers: ['x.io/a'] };
  const next = { ...old, uid: 'v', finalizers: ['x.io/a', 'x.io/b'] };
  expect(lines(validateObjectMetaUpdate(next, old, namespaced))).toEqual([
    'metadata.uid: Invalid value: "v": field is immutable',
  ]);
  const deleting = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z' };
  expect(
    lines(validateObjectMetaUpdate({ ...deleting, finalizers: ['x.io/a', 'x.io/b'] }, deleting, namespaced)),
  ).toEqual([
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/b"}',
  ]);
});

test('an update that leaves out what the server wrote keeps it', () => {
  const old = { name: 'a', uid: 'u', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' };
  const next = { name: 'a', generation: 9 };
  carryMetadata(next, old);
  expect(next).toEqual({ ...old });
});

test('owners that are given twice are kept once, with a warning', () => {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: 'u' };
  const meta = { ownerReferences: [owner, { ...owner }, { ...owner, uid: 'w' }] };
  expect(dropDuplicateOwners(meta)).toMatch(/duplicate UID\(s\) observed: u$/);
  expect(meta.ownerReferences.map(o => o.uid)).toEqual(['u', 'w']);
  expect(dropDuplicateOwners(meta)).toBeUndefined();
});

test('selectors of objects are checked requirement by requirement', () => {
  const errors = validateLabelSelector(
    {
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'b', operator: 'Exists', values: ['x'] },
        { key: 'c', operator: 'Near' },
        { key: 'd', operator: 'In', values: ['b b'] },
      ],
    },
    'spec.selector',
  );
  expect(errors.map(e => `${e.field} ${e.reason}`)).toEqual([
    'spec.selector.matchExpressions[0].values FieldValueRequired',
    'spec.selector.matchExpressions[1].values FieldValueForbidden',
    'spec.selector.matchExpressions[2].operator FieldValueInvalid',
    'spec.selector.matchExpressions[3].values[0] FieldValueInvalid',
  ]);
});

test('percentages are of a total, rounded as asked', () => {
  expect(percentOf('25%')).toBe(25);
  expect(percentOf(25)).toBeUndefined();
  expect(scaledIntOrPercent('25%', 10, true)).toBe(3);
  expect(scaledIntOrPercent('25%', 10, false)).toBe(2);
  expect(scaledIntOrPercent(4, 10, true)).toBe(4);
  expect(() => scaledIntOrPercent('x', 10, true)).toThrow('string is not a percentage');
});
