import { expect, test } from 'vitest';
import { podProblems, templateProblems } from '../../../testing/pods.ts';

const of = (source: object, name = 'v', more: object = {}) =>
  podProblems({ volumes: [{ name, ...source }], ...more });
const iscsi = { targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:disk', lun: 0 };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const many = 'Forbidden: may not specify more than 1 volume type';
const pairs = 'must be a host:port pair or multiple pairs separated by commas';
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

test.each<[what: string, source: object, told: readonly string[]]>([
  ['gce, second', { emptyDir: {}, gcePersistentDisk: { pdName: 'p' } }, [`gcePersistentDisk: ${many}`]],
  ['cephfs, second', { emptyDir: {}, cephfs: { monitors: ['m'] } }, [`cephFS: ${many}`]],
  ['downwardAPI, second', { emptyDir: {}, downwardAPI: {} }, [`downwarAPI: ${many}`]],
  ['gce', { gcePersistentDisk: {} }, ['persistentDisk.pdName: Required value']],
  [
    'nfs without path',
    { nfs: { server: 's', path: '' } },
    ['nfs.path: Required value', 'nfs.path: Invalid value: "": must be an absolute path'],
  ],
  ['iscsi', { iscsi }, []],
  ['eui', { iscsi: { ...iscsi, iqn: 'eui.0123456789ABCDEF' } }, []],
  ['naa', { iscsi: { ...iscsi, iqn: `naa.${'62004567BA64678D'.repeat(2)}` } }, []],
  [
    'naa of half the length',
    { iscsi: { ...iscsi, iqn: 'naa.62004567BA64678D' } },
    ['iscsi.iqn: Invalid value: "naa.62004567BA64678D": must be valid format'],
  ],
  [
    'iqn without a name',
    { iscsi: { ...iscsi, iqn: 'iqn.2001-04.com.example' } },
    ['iscsi.iqn: Invalid value: "iqn.2001-04.com.example": must be valid format'],
  ],
  [
    'a long portal',
    { iscsi: { ...iscsi, targetPortal: 'p'.repeat(63), initiatorName: iscsi.iqn } },
    [
      'name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
    ],
  ],
  [
    'fc of both',
    { fc: { targetWWNs: ['a'], wwids: ['b'], lun: 1 } },
    ['fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously'],
  ],
  [
    'quobyte',
    { quobyte: { registry: 'a,b:1,c', volume: 'v' } },
    Array(2).fill(`quobyte.registry: Invalid value: "a,b:1,c": ${pairs}`),
  ],
  [
    'flexVolume',
    { flexVolume: { driver: 'd', options: { 'A.Kubernetes.IO/x': '', 'k8s.io': '', 'x/k8s.io': '' } } },
    ['A.Kubernetes.IO/x', 'k8s.io'].map(
      key =>
        `flexVolume.options[${key}]: Invalid value: "${key}": kubernetes.io and k8s.io namespaces are reserved`,
    ),
  ],
  [
    'azureDisk',
    { azureDisk: { diskName: 'd', diskURI: 'https://x', cachingMode: '' } },
    ['azureDisk.cachingMode: Unsupported value: "": supported values: "None", "ReadOnly", "ReadWrite"'],
  ],
  [
    'storageos',
    { storageos: { volumeName: 'A', volumeNamespace: 'B' } },
    ['volumeName: Invalid value: "A"', 'volumeNamespace: Invalid value: "B"'].map(
      part => `storageos.${part}: ${label}`,
    ),
  ],
  [
    "csi's secret",
    { csi: { driver: 'd.example.com', nodePublishSecretRef: { name: 'A' } } },
    [`csi.name: Invalid value: "A": ${subdomain}`],
  ],
  ['image', { image: {} }, ['image.reference: Required value']],
  [
    'files of two sources',
    {
      projected: {
        sources: [
          { configMap: { name: 'c', items: [{ key: 'k', path: 'p' }] } },
          { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
        ],
      },
    },
    ['projected: Invalid value: "p": conflicting duplicate paths'],
  ],
  [
    'a claim that is not one',
    { ephemeral: { volumeClaimTemplate: { spec: { ...claim, resources: { requests: { storage: '0' } } } } } },
    ['ephemeral.volumeClaimTemplate.spec.resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
  [
    "metadata of a claim's template",
    {
      ephemeral: {
        volumeClaimTemplate: { metadata: { uid: 'u', name: 'n', labels: { a: 'b' } }, spec: claim },
      },
    },
    ['name', 'uID'].map(field => `ephemeral.volumeClaimTemplate.metadata.${field}: Forbidden: cannot be set`),
  ],
])('a volume: %s', (_, source, errors) => {
  expect(of(source)).toEqual(errors.map(e => `spec.volumes[0].${e}`));
});

test('a template may leave the reference of an image to those who make its pods', () => {
  expect(templateProblems({ volumes: [{ name: 'v', image: {} }] })).toEqual([]);
});

test('claims of ephemeral volumes have valid names, and are not used by name', () => {
  const ephemeral = { volumeClaimTemplate: { spec: claim } };
  const volumes = [
    { name: 'v', ephemeral },
    { name: 'w', persistentVolumeClaim: { claimName: 'a-v' } },
  ];
  expect(podProblems({ volumes })).toEqual([
    'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "a-v": must not reference a PVC that gets created for an ephemeral volume',
  ]);
  const name = 'a'.repeat(252);
  expect(podProblems({ volumes: [{ name: 'v', ephemeral }] }, { name })).toEqual([
    `spec.volumes[0].name: Invalid value: "v": PVC name "${name}-v": must be no more than 253 characters`,
  ]);
});
