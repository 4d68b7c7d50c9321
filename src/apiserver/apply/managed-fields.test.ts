import { expect, test } from 'vitest';
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import { capUpdaters, decodeManaged, encodeManaged, MAX_UPDATERS } from './managed-fields.ts';
import { managerName } from './manager-name.ts';

const entry = (manager: string, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:data': { [`f:${manager}`]: {} } },
  ...more,
});

test('Entries are sorted by operation, then time, then manager', () => {
  const managed = decodeManaged([
    entry('z', { time: '2026-01-01T00:00:00Z' }),
    entry('b', { time: '2026-01-02T00:00:00Z', operation: 'Apply' }),
    entry('a', { time: '2026-01-01T00:00:00Z' }),
    entry('c', { operation: 'Apply' }),
  ]);
  expect(managed && encodeManaged(managed).map(e => `${e.operation} ${e.manager}`)).toEqual([
    'Apply c',
    'Apply b',
    'Update a',
    'Update z',
  ]);
});

test.each([
  [entry('x', { operation: 'Bogus' })],
  [entry('x', { apiVersion: '' })],
  [entry('x', { fieldsType: 'FieldsV2' })],
  [entry('x', { fieldsV1: { bad: {} } })],
])('A malformed entry makes the whole unreadable: %j', malformed => {
  expect(decodeManaged([malformed])).toBeUndefined();
});

test('The oldest of more than ten updaters become ancient-changes', () => {
  const at = (i: number) => `2026-01-01T00:00:${String(i).padStart(2, '0')}Z`;
  const managed = decodeManaged([...Array(12).keys()].map(i => entry(`m${i}`, { time: at(i) })));
  if (!managed) throw new Error('decoding failed');
  capUpdaters(managed);
  const entries = encodeManaged(managed);
  expect(entries).toHaveLength(MAX_UPDATERS);
  expect(entries[0]).toMatchObject({
    manager: 'ancient-changes',
    time: at(2),
    fieldsV1: { 'f:data': { 'f:m0': {}, 'f:m1': {}, 'f:m2': {} } },
  });
});

test.each([
  [null, 'kubectl/v1.36 (linux)', 'kubectl'],
  [null, undefined, 'unknown'],
  [null, '/lead', 'unknown'],
  [null, 'no-slash', 'no-slash'],
  [null, 'a\u0007b/1', 'ab'],
  [null, `${'x'.repeat(200)}/1`, 'x'.repeat(128)],
  ['zz', 'ignored/1', 'zz'],
])('Field manager %j and User-Agent %j make the manager %j', (fieldManager, userAgent, name) => {
  expect(managerName(fieldManager, userAgent)).toBe(name);
});
