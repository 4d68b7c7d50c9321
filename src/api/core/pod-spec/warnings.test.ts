import { expect, test } from 'vitest';
import type { PodSpec } from '../../../generated/core-v1.ts';
import { daemonSet } from '../../apps/daemon-set.ts';
import { cidrWarnings, ipWarnings } from '../../validation/ip-warnings.ts';
import { replicationController } from '../replication-controller.ts';
import { claimWarnings, volumeWarnings } from '../volume/warnings.ts';
import { podWarnings, workloadWarnings } from './warnings.ts';

const warn = (spec: Partial<PodSpec>, annotations: Record<string, string> = {}) =>
  podWarnings(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', annotations },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    },
    undefined,
  );

test.each<[string, Partial<PodSpec>, string[]]>([
  [
    'a node label with a newer name',
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'pods that no selector chooses',
    {
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, podAffinityTerm: { topologyKey: 'x' } },
          ],
        },
      },
    },
    [
      'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod',
    ],
  ],
  [
    'two secrets of one name',
    { imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] },
    [
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  ],
  [
    'a variable that hides another',
    {
      containers: [
        {
          name: 'c',
          image: 'i',
          env: [
            { name: 'A', value: '1' },
            { name: 'A', value: '$(A)2' },
            { name: 'A', value: '3' },
          ],
        },
      ],
    },
    ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
  ],
  [
    'ports that overlap',
    {
      containers: [
        { name: 'c', image: 'i', ports: [{ containerPort: 80 }, { containerPort: 80, hostPort: 8080 }] },
        { name: 'd', image: 'i', ports: [{ containerPort: 80, hostPort: 8080, hostIP: '10.0.0.1' }] },
      ],
    },
    [
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[1]',
    ],
  ],
  [
    'files within files',
    {
      volumes: [
        {
          name: 'v',
          configMap: {
            name: 'm',
            items: [
              { key: 'a', path: 'x' },
              { key: 'b', path: 'x/y' },
            ],
          },
        },
      ],
    },
    ['volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"'],
  ],
  [
    'files of several sources',
    {
      volumes: [
        {
          name: 'v',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'x/y' } },
              { downwardAPI: { items: [{ path: 'x/' }, { path: 'x' }] } },
              { secret: { name: 's', items: [{ key: 'a', path: 'xy' }] } },
            ],
          },
        },
      ],
    },
    [
      'volume "v" (Projected): overlapping paths: "x" (DownwardAPI) with "x/y" (ServiceAccountToken)',
      'volume "v" (Projected): overlapping paths: "x" (DownwardAPI) with "x/y" (ServiceAccountToken)',
      'volume "v" (Projected): overlapping paths: "x" (DownwardAPI) with "x" (DownwardAPI)',
    ],
  ],
  [
    'a name that two ports have',
    {
      initContainers: [
        { name: 'i', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 1, name: 'p' }] },
      ],
      containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 2, name: 'p' }] }],
    },
    [
      'spec.containers[0].ports[0]: duplicate port name "p" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
    ],
  ],
  [
    'an address with leading zeros',
    { hostAliases: [{ ip: '010.0.0.1', hostnames: ['a'] }] },
    [
      'spec.hostAliases[0].ip: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
    ],
  ],
])('%s is warned of', (_what, spec, warnings) => {
  expect(warn(spec)).toEqual(warnings);
});

test('annotations that do nothing any more are warned of, in pods and in templates', () => {
  const annotations = {
    'scheduler.alpha.kubernetes.io/critical-pod': '',
    'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
    'container.apparmor.security.beta.kubernetes.io/c': 'runtime/default',
  };
  const pod = [
    'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ];
  expect(warn({}, annotations)).toEqual(pod);
  const template = { metadata: { annotations }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const workload = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { generation: 1 },
    spec: { template },
  };
  expect(workloadWarnings(workload, undefined)).toEqual([
    ...pod.map(text => `spec.template.${text}`),
    'spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ]);
});

test('addresses and ranges are warned of where they have a better spelling', () => {
  expect(ipWarnings('p', '10.0.0.1')).toEqual([]);
  expect(ipWarnings('p', '2001:DB8::1')).toEqual([
    'p: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
  ]);
  expect(cidrWarnings('p', '10.0.0.0/8')).toEqual([]);
  expect(cidrWarnings('p', '10.0.0.1/8')).toEqual([
    'p: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)',
  ]);
  expect(cidrWarnings('p', '2001:DB8::/32')).toEqual([
    'p: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")',
  ]);
});

test('volumes and claims are warned of what is going away', () => {
  const metadata = { annotations: { 'volume.beta.kubernetes.io/storage-class': 'a' } };
  const beta =
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead';
  const spec = { persistentVolumeReclaimPolicy: 'Recycle', rbd: { monitors: [], image: 'i' } };
  expect(volumeWarnings({ apiVersion: 'v1', kind: 'PersistentVolume', metadata, spec })).toEqual([
    beta,
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
  ]);
  const requests = { storage: '1500m' };
  expect(
    claimWarnings({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: { resources: { requests } },
    }),
  ).toEqual([
    beta,
    'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
  ]);
});

test('a workload is warned of again whenever it becomes another', () => {
  const template = (name: string) => ({
    spec: { containers: [{ name: 'c', image: 'i' }], imagePullSecrets: [{ name }] },
  });
  const made = (generation: number, name: string) => ({
    apiVersion: 'v1',
    kind: 'Any',
    metadata: { name: 'a', generation, annotations: { 'deprecated.daemonset.template.generation': '1' } },
    spec: { template: template(name) },
  });
  const empty = ['spec.template.spec.imagePullSecrets[0].name: invalid empty name ""'];
  expect(workloadWarnings(made(1, ''), made(1, ''))).toEqual([]);
  expect(workloadWarnings(made(2, ''), made(1, ''))).toEqual(empty);
  // A ReplicationController is warned of what it was, a DaemonSet only when its pods become others.
  const kind = replicationController.warnings;
  expect(kind?.(made(2, '') as never, made(1, 'a') as never)).toEqual([]);
  expect(kind?.(made(2, 'a') as never, made(1, '') as never)).toEqual(empty);
  expect(daemonSet.warnings?.(made(2, '') as never, made(1, '') as never)).toEqual([]);
});
