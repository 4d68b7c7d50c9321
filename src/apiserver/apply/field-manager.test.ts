import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { structType } from '../../api/schema/compile.ts';
import { StatusError } from '../../api/status-error.ts';
import { deepFreeze } from '../cache/deep-freeze.ts';
import { applyPatch, sameEntries, trackUpdate, type Writer } from './field-manager.ts';
import { resetFields } from './reset-fields.ts';
import { FieldSet, recursiveDifference } from './typed/field-set.ts';
import { shapeOfStruct } from './typed/shape.ts';
import { emptyObject } from './writer.ts';

type ConfigMap = KubeObject & { data?: Record<string, string> | null };

function writer(
  manager: string,
  more: { kind?: string; schema?: string; subresource?: string; now?: string; apiVersion?: string } = {},
): Writer {
  const { kind = 'ConfigMap', schema = 'io.k8s.api.core.v1.ConfigMap', subresource = '' } = more;
  const reset =
    kind === 'ConfigMap' ? FieldSet.EMPTY : resetFields({ group: 'apps', kind }, subresource, true);
  return {
    rules: {
      apiVersion: more.apiVersion ?? 'v1',
      shape: shapeOfStruct(structType(schema)),
      version: () => undefined,
      ownable: set => recursiveDifference(set, reset),
    },
    kind,
    subresource,
    manager,
    now: more.now ?? '2026-01-01T00:00:00Z',
    empty: () => emptyObject(schema),
  };
}

const configMap = (data: Record<string, string>, metadata: object = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

/** As the cache holds it. */
function stored(object: KubeObject): ConfigMap {
  const copy = structuredClone(object) as ConfigMap;
  copy.metadata.uid = 'u';
  return deepFreeze(copy);
}

function created(by: Writer, object: ConfigMap): ConfigMap {
  trackUpdate(by, by.empty(), object);
  return stored(object);
}

const summary = ({ metadata }: KubeObject) =>
  (metadata.managedFields ?? []).map(e => [e.manager, e.operation, e.fieldsV1]);

test('A writer owns what it created, but not the identity of the object', () => {
  const object = created(writer('m'), configMap({ k: '1' }, { labels: { x: 'y' } }));
  expect(object.metadata.managedFields).toEqual([
    {
      manager: 'm',
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-01-01T00:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { '.': {}, 'f:k': {} }, 'f:metadata': { 'f:labels': { '.': {}, 'f:x': {} } } },
    },
  ]);
});

test('A write that changes nothing leaves the entries as they are, times too', () => {
  const live = created(writer('m'), configMap({ k: '1' }));
  const next = configMap({ k: '1' });
  trackUpdate(writer('other', { now: '2027-01-01T00:00:00Z' }), live, next);
  expect(next.metadata.managedFields).toEqual(live.metadata.managedFields);
});

test('Entries of managers that a write does not touch are the very same objects', () => {
  const live = created(writer('m'), configMap({ k: '1' }));
  const next = configMap({ k: '1', l: '1' });
  trackUpdate(writer('other'), live, next);
  expect(next.metadata.managedFields?.[0]).toBe(live.metadata.managedFields?.[0]);
  expect(summary(next)[1]).toEqual(['other', 'Update', { 'f:data': { 'f:l': {} } }]);
});

test.each([[[]], [[{}]]])(
  'managedFields %j forgets all managers, and nobody is tracked after it',
  entries => {
    const live = created(writer('m'), configMap({ k: '1' }));
    const next = configMap({ k: '1' }, { managedFields: entries });
    trackUpdate(writer('m'), live, next);
    expect(next.metadata.managedFields).toBeUndefined();
    const later = configMap({ k: '2' });
    trackUpdate(writer('m'), stored(next), later);
    expect(later.metadata.managedFields).toBeUndefined();
  },
);

test('Who applies to an object without managers shares it with before-first-apply', () => {
  const live = stored(configMap({ k: '1' }));
  const next = applyPatch(writer('m'), live, configMap({ k: '1' }), false);
  expect(summary(next)).toEqual([
    ['m', 'Apply', { 'f:data': { 'f:k': {} } }],
    ['before-first-apply', 'Update', { 'f:data': { '.': {}, 'f:k': {} } }],
  ]);
});

test('Malformed managedFields of a client are ignored', () => {
  const live = created(writer('m'), configMap({ k: '1' }));
  const next = configMap({ k: '1' }, { managedFields: [{ manager: 'x', operation: 'Bogus' }] });
  trackUpdate(writer('m2'), live, next);
  expect(summary(next)).toEqual(summary(live));
});

function conflictOf(act: () => unknown): StatusError {
  try {
    act();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('there was no conflict');
}

test('A conflict names the manager, its version where it updated, and the field', () => {
  const live = created(writer('x'), configMap({ k: '1' }));
  const error = conflictOf(() => applyPatch(writer('m'), live, configMap({ k: '2' }), false));
  expect(error.code).toBe(409);
  expect(error.message).toBe('Apply failed with 1 conflict: conflict with "x" using v1: .data.k');
  expect(error.details?.causes).toEqual([
    { reason: 'FieldManagerConflict', message: 'conflict with "x" using v1', field: '.data.k' },
  ]);
});

test('Several conflicts are listed by manager', () => {
  const first = stored(
    applyPatch(writer('b'), emptyObject('io.k8s.api.core.v1.ConfigMap'), configMap({ k: '1' }), false),
  );
  const second = stored(applyPatch(writer('a'), first, configMap({ l: '1' }), false));
  const error = conflictOf(() => applyPatch(writer('c'), second, configMap({ k: '2', l: '2' }), false));
  expect(error.message).toBe(
    'Apply failed with 2 conflicts: conflicts with "a":\n- .data.l\nconflicts with "b":\n- .data.k',
  );
});

test('kubectl takes over what its client-side apply set, and only that', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = { [annotation]: JSON.stringify(configMap({ k: '1' })) };
  const live = created(
    writer('kubectl-client-side-apply'),
    configMap({ k: '1', other: '1' }, { annotations }),
  );
  const next = applyPatch(writer('kubectl'), live, configMap({ k: '2' }), false) as ConfigMap;
  expect(next.data).toEqual({ k: '2', other: '1' });
  expect(JSON.parse(next.metadata.annotations?.[annotation] ?? '')).toEqual(configMap({ k: '2' }));
  expect(() => applyPatch(writer('kubectl'), live, configMap({ other: '2' }), false)).toThrow('.data.other');
});

test.each([
  [{ kind: 'Secret' }, 400, 'invalid object type: /v1, Kind=Secret'],
  [{ metadata: { name: 'a', managedFields: [] } }, 400, 'metadata.managedFields must be nil'],
  [
    { bogus: 1 },
    500,
    'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .bogus: field not declared in schema',
  ],
  [
    { data: [] },
    500,
    'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data: expected map, got &{[]}',
  ],
])('A configuration with %j is refused with %i', (part, code, message) => {
  const error = conflictOf(() =>
    applyPatch(
      writer('m'),
      emptyObject('io.k8s.api.core.v1.ConfigMap'),
      { ...configMap({}), ...part },
      false,
    ),
  );
  expect([error.code, error.message]).toEqual([code, message]);
});

test('Status and main resource have entries of their own, each without what it cannot change', () => {
  const deployment = { kind: 'Deployment', schema: 'io.k8s.api.apps.v1.Deployment', apiVersion: 'apps/v1' };
  const config = (part: object) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    ...part,
  });
  const main = writer('m', deployment);
  const live = stored(
    applyPatch(main, main.empty(), config({ spec: { replicas: 1 }, status: { replicas: 7 } }), false),
  );
  const status = writer('m', { ...deployment, subresource: 'status' });
  const next = applyPatch(status, live, config({ spec: { replicas: 9 }, status: { replicas: 2 } }), true);
  expect(next.metadata.managedFields?.map(e => [e.subresource, e.fieldsV1])).toEqual([
    [undefined, { 'f:spec': { 'f:replicas': {} } }],
    ['status', { 'f:status': { 'f:replicas': {} } }],
  ]);
});

test('Entries that differ in times alone are the same', () => {
  const entry = { manager: 'm', operation: 'Update', fieldsV1: {} };
  expect(sameEntries([{ ...entry, time: '1' }], [{ ...entry, time: '2' }])).toBe(true);
  expect(sameEntries([entry], [{ ...entry, manager: 'n' }])).toBe(false);
});
