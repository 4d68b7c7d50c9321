/** What may not change of volumes and CSI nodes. The texts, and the paths without `spec`, are upstream's. */
import { expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/core-v1.ts';
import type { CSINode } from '../../generated/storage-v1.ts';
import { persistentVolume } from '../core/persistent-volume.ts';
import { persistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import type { FieldError } from '../field-error.ts';
import type { StrategyContext } from '../kind.ts';
import { csiNode } from './csi-node.ts';

const texts = (errors: readonly FieldError[] | undefined) => errors?.map(e => `${e.field}: ${e.body}`);
const context = {} as StrategyContext;

test('the source of a volume stays; its secret for growing may come later', () => {
  const volume = (csi: object, key = 'zone'): PersistentVolume => ({
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: 'Retain',
      csi: { driver: 'd.io', volumeHandle: 'h', ...csi },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'Exists' }] }] },
      },
    },
  });
  const change = (next: PersistentVolume) =>
    texts(persistentVolume.validateUpdate?.(next, volume({}), context));
  expect(change(volume({ controllerExpandSecretRef: { name: 's', namespace: 'n' } }))).toEqual([]);
  const [text = '', ...rest] = change(volume({ fsType: 'xfs' })) ?? [];
  expect(rest).toEqual([]);
  expect(text.split('\n')).toEqual([
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    '@@ -24,7 +24,7 @@',
    '   "Driver": "d.io",',
    '   "VolumeHandle": "h",',
    '   "ReadOnly": false,',
    '-  "FSType": "",',
    '+  "FSType": "xfs",',
    '   "VolumeAttributes": null,',
    '   "ControllerPublishSecretRef": null,',
    '   "NodeStageSecretRef": null,',
    '',
  ]);
  expect(change(volume({}, 'region'))).toEqual([
    'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"region","Operator":"Exists","Values":null}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
  ]);
});

test('what a driver said of its node stays, but for how many volumes it takes', () => {
  const node = (driver: object): CSINode => ({
    metadata: { name: 'n' },
    spec: { drivers: [{ name: 'd.io', nodeID: 'n1', topologyKeys: [], ...driver }] },
  });
  const before = node({ allocatable: { count: 5 } });
  const change = (next: CSINode) => texts(csiNode.validateUpdate?.(next, before, context));
  expect(change(node({ allocatable: { count: 6 } }))).toEqual([]);
  expect(change(node({}))).toEqual([]);
  expect(change(node({ nodeID: 'n2' }))).toEqual([
    'spec.drivers: Invalid value: {"Name":"d.io","NodeID":"n2","TopologyKeys":[],"Allocatable":null}: field is immutable',
  ]);
});

test('a claim says once where its data comes from, and keeps its mode and class', () => {
  const claim = (spec: object, annotations: Record<string, string> = {}): PersistentVolumeClaim => ({
    metadata: { name: 'c', annotations },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
  const check = (next: PersistentVolumeClaim) => texts(persistentVolumeClaim.validate?.(next, context));
  const change = (next: PersistentVolumeClaim, old: PersistentVolumeClaim) =>
    texts(persistentVolumeClaim.validateUpdate?.(next, old, context))?.filter(t => !t.startsWith('spec:'));
  const dataSource = { kind: 'PersistentVolumeClaim', name: 'a' };
  expect(check(claim({ dataSource, dataSourceRef: dataSource }))).toEqual([]);
  expect(check(claim({ dataSource, dataSourceRef: { ...dataSource, name: 'b' } }))).toEqual([
    'spec: Invalid value: {}: must match dataSourceRef',
  ]);
  expect(check(claim({ dataSource, dataSourceRef: { ...dataSource, namespace: 'x' } }))).toEqual([
    'spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified',
  ]);
  expect(change(claim({ volumeMode: 'Block' }), claim({ volumeMode: 'Filesystem' }))).toEqual([
    'volumeMode: Invalid value: "Block": field is immutable',
  ]);
  const annotation = 'volume.beta.kubernetes.io/storage-class';
  const old = claim({}, { [annotation]: 'fast' });
  expect(change(claim({ storageClassName: 'fast' }), old)).toEqual([]);
  expect(change(claim({}, { [annotation]: 'slow' }), old)).toEqual([
    `metadata.annotations.${annotation}: Invalid value: "slow": field is immutable`,
  ]);
});
