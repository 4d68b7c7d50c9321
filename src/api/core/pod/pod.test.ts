import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pod, PodSpec } from '../../../generated/core-v1.ts';
import { decodeType } from '../../schema/decode.ts';
import { unifiedDiff } from '../../validation/unified-diff.ts';
import { aggregateOf } from '../pod-spec/aggregate.ts';
import { podWarnings } from '../pod-spec/warnings.ts';
import { keepAllButResources } from './carry-over.ts';
import { defaultPod } from './defaults.ts';
import { qosClassOf } from './qos.ts';
import { validateResize } from './resize.ts';
import { validatePodUpdate } from './update.ts';
import { validateNewPod } from './validate.ts';

function podOf(spec: Record<string, unknown>): Pod {
  const decoded = decodeType('io.k8s.api.core.v1.Pod', {
    metadata: { name: 'a', namespace: 'ns' },
    spec: { containers: [{ name: 'c', image: 'img' }], ...spec },
  });
  const pod = decoded.value as unknown as Pod;
  defaultPod(pod);
  return pod;
}
const problems = (pod: Pod) => validateNewPod(pod).map(e => `${e.field}: ${e.body}`);

test('images without a tag are always pulled, pinned ones when absent', () => {
  const policy = (image: string) =>
    podOf({ containers: [{ name: 'c', image }] }).spec.containers[0]?.imagePullPolicy;
  expect(policy('nginx')).toBe('Always');
  expect(policy('reg:5000/nginx')).toBe('Always');
  expect(policy('nginx:latest')).toBe('Always');
  expect(policy('reg:5000/nginx:1.25')).toBe('IfNotPresent');
  expect(policy('localhost/a/b:latest')).toBe('Always');
  expect(policy('Bad_Value!')).toBe('IfNotPresent');
  expect(policy('nginx:1.25@sha256:0')).toBe('IfNotPresent');
  expect(policy(`nginx@sha256:${'0'.repeat(64)}`)).toBe('IfNotPresent');
});

test('a pod gets defaults that leave it valid', () => {
  const pod = podOf({ volumes: [{ name: 'v' }], hostNetwork: true });
  expect(pod.spec).toMatchObject({
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    enableServiceLinks: true,
    terminationGracePeriodSeconds: 30,
    volumes: [{ name: 'v', emptyDir: {} }],
  });
  expect(problems(pod)).toEqual([]);
});

test('the class of service follows from requests and limits', () => {
  const of = (...resources: object[]) =>
    qosClassOf(
      podOf({ containers: resources.map((r, i) => ({ name: `c${i}`, image: 'i', resources: r })) }).spec,
    );
  expect(of({})).toBe('BestEffort');
  expect(of({ requests: { cpu: '1' } })).toBe('Burstable');
  expect(of({ limits: { cpu: '1', memory: '1Gi' } })).toBe('Guaranteed');
  expect(of({ limits: { cpu: '1', memory: '1Gi' } }, {})).toBe('Burstable');
  expect(of({ limits: { cpu: '1000m', memory: '1Gi' }, requests: { cpu: '1', memory: '1024Mi' } })).toBe(
    'Guaranteed',
  );
});

test('a pod requests the most that runs at one time', () => {
  const cpu = (cpu: string, more = {}) => ({ name: 'x', resources: { requests: { cpu } }, ...more });
  const spec: PodSpec = {
    containers: [cpu('1'), cpu('500m')],
    initContainers: [cpu('3'), cpu('1', { restartPolicy: 'Always' }), cpu('2')],
  };
  expect(aggregateOf(spec, 'requests')).toEqual({ cpu: '3' });
  expect(
    aggregateOf(
      { containers: [cpu('1')], initContainers: [cpu('1', { restartPolicy: 'Always' })] },
      'requests',
    ),
  ).toEqual({
    cpu: '2',
  });
});

test('mounts of a volume that is not valid are not found, as upstream has it', () => {
  const volumeMounts = [{ name: 'v', mountPath: '/m' }];
  const pod = podOf({
    containers: [{ name: 'c', image: 'i', volumeMounts }],
    volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }],
  });
  expect(problems(pod)).toEqual([
    `spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`,
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ]);
});

test('an update may change images and add tolerations, and nothing else', () => {
  const old = podOf({});
  const next = podOf({
    containers: [{ name: 'c', image: 'img:2', imagePullPolicy: 'Always' }],
    tolerations: [{ key: 'k', operator: 'Exists' }],
  });
  expect(validatePodUpdate(next, old)).toEqual([]);
  const [error] = validatePodUpdate(podOf({ hostname: 'h' }), old);
  expect(error?.body).toContain('pod updates may not change fields other than `spec.containers[*].image`');
  expect(error?.body).toContain('- "Hostname": "",\n+ "Hostname": "h",\n');
});

test('a resize carries over resources only, and keeps the class of service', () => {
  const withCpu = (cpu: string, image = 'img') =>
    podOf({ containers: [{ name: 'c', image, resources: { requests: { cpu } } }] });
  const old = withCpu('1');
  const next = withCpu('2', 'other');
  keepAllButResources(next, old);
  expect(next.spec.containers[0]).toMatchObject({ image: 'img', resources: { requests: { cpu: '2' } } });
  expect(validateResize(next, old)).toEqual([]);
  const none = podOf({});
  keepAllButResources(none, old);
  expect(validateResize(none, old).map(e => e.body)).toContain(
    'Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
  );
});

test('what works but is a mistake is warned about', () => {
  const pod = podOf({
    containers: [
      {
        name: 'c',
        image: 'i',
        env: [{ name: 'A' }, { name: 'A' }],
        resources: { limits: { memory: '100m' } },
      },
    ],
    nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
  });
  pod.metadata.name = 'a.b';
  expect(podWarnings(pod, undefined)).toEqual([
    expect.stringMatching(/^metadata\.name: this is used in the Pod's hostname/),
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
  expect(podWarnings(pod, pod)).toEqual([]);
});

test('diffs are those of difflib', () => {
  const lines = (...l: string[]) => l.join('\n');
  expect(unifiedDiff(lines('a', 'b', 'c'), lines('a', 'b', 'c'))).toBe('');
  expect(unifiedDiff(lines('a', 'b', 'c', 'd', 'e'), lines('a', 'b', 'x', 'd', 'e'))).toBe(
    '@@ -1,5 +1,5 @@\n a\n b\n-c\n+x\n d\n e\n',
  );
  expect(unifiedDiff('a', lines('a', 'b'))).toBe('@@ -1 +1,2 @@\n a\n+b\n');
});

test('a diff, applied, gives the other text', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(apply(a, unifiedDiff(a.join('\n'), b.join('\n')))).toEqual(b);
    }),
  );
});

function apply(source: readonly string[], diff: string): string[] {
  const out: string[] = [];
  let next = 0;
  for (const line of diff.split('\n').slice(0, -1)) {
    const header = /^@@ -(\d+)(?:,(\d+))? /.exec(line);
    if (header) {
      const start = header[2] === '0' ? Number(header[1]) : Number(header[1]) - 1;
      while (next < start) out.push(source[next++] as string);
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      expect(source[next]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(line.slice(1));
      next++;
    }
  }
  return [...out, ...source.slice(next)];
}
