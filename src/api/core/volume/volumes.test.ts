/** Rules of volumes and claims that no recording has. The texts, and the paths, are upstream's. */
import { describe, expect, test } from 'vitest';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
  PersistentVolumeSpec,
  PersistentVolumeStatus,
} from '../../../generated/core-v1.ts';
import type { FieldError } from '../../field-error.ts';
import type { StrategyContext } from '../../kind.ts';
import { persistentVolume } from '../persistent-volume.ts';
import { persistentVolumeClaim } from '../persistent-volume-claim.ts';

const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);
const context = {} as StrategyContext;
const NO_DOMAIN = expect.stringContaining('a lowercase RFC 1123 ') as string;

const volume = (spec: PersistentVolumeSpec = {}): PersistentVolume => ({
  metadata: { name: 'v' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    ...('hostPath' in spec ? {} : { csi: { driver: 'd.io', volumeHandle: 'h' } }),
    ...spec,
  },
});

test.each<[string, PersistentVolumeSpec, string[]]>([
  [
    'a negative size is wrong twice',
    { capacity: { storage: '-1Gi' } },
    [
      'spec.capacity[storage]: Invalid value: -1073741824: must be a valid resource quantity',
      'spec.capacity[storage]: Invalid value: "-1Gi": must be greater than zero',
    ],
  ],
  [
    'an unknown mode is no other mode',
    { accessModes: ['ReadWriteOncePod', 'Sometimes'] },
    [expect.stringContaining('spec.accessModes: Unsupported value: "Sometimes"') as string],
  ],
  [
    'of two sources the second is refused, under its own name',
    { hostPath: { path: '/a' }, gcePersistentDisk: { pdName: '' }, cephfs: { monitors: [] } },
    [
      'spec.gcePersistentDisk: Forbidden: may not specify more than 1 volume type',
      'spec.cephFS: Forbidden: may not specify more than 1 volume type',
    ],
  ],
  [
    'but for a flexVolume, which is looked at',
    { hostPath: { path: '/a' }, flexVolume: { driver: '' } },
    ['spec.flexVolume.driver: Required value'],
  ],
  [
    'the whole host is not recycled, however it is spelled',
    { hostPath: { path: '//./' }, persistentVolumeReclaimPolicy: 'Recycle' },
    ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
  ],
  [
    'an attributes class has a name',
    { volumeAttributesClassName: '' },
    ['spec.volumeAttributesClassName: Required value: an empty string is disallowed'],
  ],
  [
    'and a driver that knows it',
    { hostPath: { path: '/a' }, volumeAttributesClassName: 'fast' },
    ['spec.csi: Required value: has to be specified when using volumeAttributesClassName'],
  ],
])('%s', (_, spec, expected) => {
  expect(texts(persistentVolume.validate?.(volume(spec), context))).toEqual(expected);
});

test('a volume keeps its attributes class and where it is, in other words at most', () => {
  const at = (key: string): PersistentVolumeSpec => ({
    nodeAffinity: {
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['a'] }] }] },
    },
  });
  const change = (next: PersistentVolumeSpec, old: PersistentVolumeSpec) =>
    texts(persistentVolume.validateUpdate?.(volume(next), volume(old), context));
  const beta = 'failure-domain.beta.kubernetes.io/zone';
  expect(change(at('topology.kubernetes.io/zone'), at(beta))).toEqual([]);
  expect(change(at(beta), at('topology.kubernetes.io/zone'))).toHaveLength(1);
  expect(change(at('topology.kubernetes.io/region'), at(beta))).toHaveLength(1);
  expect(change({}, at(beta))).toEqual([
    'nodeAffinity: Invalid value: null: field is immutable, except for updating from beta label to GA',
  ]);
  expect(change({ volumeAttributesClassName: 'b' }, { volumeAttributesClassName: 'a' })).toEqual([]);
  expect(change({}, { volumeAttributesClassName: 'a' })).toEqual([
    'spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden',
  ]);
});

test.each<[string, PersistentVolumeStatus, string | undefined]>([
  ['of a phase that stays', { phase: 'Bound' }, '2026-01-01T00:00:00Z'],
  [
    'that a client says',
    { phase: 'Bound', lastPhaseTransitionTime: '2026-02-02T00:00:00Z' },
    '2026-02-02T00:00:00Z',
  ],
  ['of one that changes', { phase: 'Released' }, '1970-01-01T00:00:00Z'],
  [
    'of one that changes, sent back as it was',
    { phase: 'Released', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' },
    '1970-01-01T00:00:00Z',
  ],
])('the time %s', (_, status, expected) => {
  const old = { ...volume(), status: { phase: 'Bound', lastPhaseTransitionTime: '2026-01-01T00:00:00Z' } };
  const next = { ...volume(), status };
  const at0 = { clock: { now: () => 0 } } as StrategyContext;
  persistentVolume.subresources?.status?.prepareForUpdate?.(next, old, at0);
  expect(next.status.lastPhaseTransitionTime).toBe(expected);
});

const claim = (spec: PersistentVolumeClaimSpec = {}, status: PersistentVolumeClaimStatus = {}) =>
  ({
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } }, ...spec },
    status,
  }) satisfies PersistentVolumeClaim;

test('the group and namespace of a source are names', () => {
  const check = (spec: PersistentVolumeClaimSpec) =>
    persistentVolumeClaim.validate?.(claim(spec), context).map(e => [e.field, e.body]);
  const dataSourceRef = { apiGroup: 'Bad_', kind: 'A', name: 'a', namespace: 'Bad_' };
  expect(check({ dataSourceRef })).toEqual([
    ['spec.dataSourceRef.apiGroup', NO_DOMAIN],
    ['spec.dataSourceRef.namespace', NO_DOMAIN],
  ]);
});

describe('a claim that changes', () => {
  const bound = { phase: 'Bound', capacity: { storage: '1Gi' } };
  const sized = (storage: string): PersistentVolumeClaimSpec => ({ resources: { requests: { storage } } });
  const REST = expect.stringContaining('spec: Forbidden: spec is immutable') as string;
  const SMALL = 'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity';
  const ATTRIBUTES = 'spec.volumeAttributesClassName: Forbidden: update from non-nil value to';

  test.each<
    [string, PersistentVolumeClaimSpec, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus, string[]]
  >([
    ['grows when it is bound', sized('3Gi'), {}, bound, []],
    ['and not before', sized('3Gi'), {}, { phase: 'Pending' }, [REST]],
    ['takes growth back', sized('1500Mi'), {}, bound, []],
    ['but not to what is there', sized('1Gi'), {}, bound, [SMALL]],
    ['shrinks to less than nothing known', sized('1Gi'), {}, { phase: 'Bound' }, []],
    ['is given a class', { storageClassName: 'a' }, {}, bound, []],
    ['keeps it', { storageClassName: 'b' }, { storageClassName: 'a' }, bound, [REST]],
    ['is given attributes', { volumeAttributesClassName: 'a' }, {}, bound, []],
    ['but not while it waits', { volumeAttributesClassName: 'a' }, {}, { phase: 'Pending' }, [REST]],
    ['keeps some', {}, { volumeAttributesClassName: 'a' }, bound, [REST, `${ATTRIBUTES} nil is forbidden`]],
    [
      'and names them',
      { volumeAttributesClassName: '' },
      { volumeAttributesClassName: 'a' },
      bound,
      [`${ATTRIBUTES} an empty string is forbidden`],
    ],
    ['is told its volume once', { volumeName: 'v' }, {}, { phase: 'Pending' }, []],
    ['and not another', { volumeName: 'w' }, { volumeName: 'v' }, bound, [REST]],
  ])('%s', (_, next, old, status, expected) => {
    const errors = persistentVolumeClaim.validateUpdate?.(claim(next, status), claim(old, status), context);
    expect(texts(errors)).toEqual(expected);
  });
});
