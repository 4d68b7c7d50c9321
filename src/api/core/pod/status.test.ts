import { expect, test } from 'vitest';
import type { Pod, PodSpec, PodStatus } from '../../../generated/core-v1.ts';
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import { validateStatusUpdate } from './status.ts';
import { validateResize } from './subresources.ts';

const pod = (status: PodStatus, spec: Partial<PodSpec> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a' },
  spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'i' }], ...spec },
  status,
});
const check = (status: PodStatus, old: PodStatus = {}, spec: Partial<PodSpec> = {}) =>
  validateStatusUpdate(pod(status, spec), pod(old, spec)).map(e => `${e.field}: ${e.body}`);
const state = (name: string, exitCode?: number) => ({
  name,
  image: 'i',
  imageID: '',
  ready: false,
  restartCount: 0,
  state: exitCode === undefined ? { running: {} } : { terminated: { exitCode } },
});

test('a container that ended well stays ended, one that failed may run again', () => {
  const ended = (code: number) => ({ containerStatuses: [state('c', code)] });
  const running = { containerStatuses: [state('c')] };
  expect(check(running, ended(1))).toEqual([]);
  expect(check(running, ended(0))).toEqual([
    'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
  ]);
  const sidecar = { initContainers: [{ name: 's', image: 'i', restartPolicy: 'Always' }] };
  const init = (code?: number) => ({ initContainerStatuses: [state('s', code)] });
  expect(check(init(), init(0), sidecar)).toEqual([]);
  const debug = (code?: number) => ({ ephemeralContainerStatuses: [state('e', code)] });
  expect(check(debug(), debug(1))).toHaveLength(1);
});

test('what a status says of addresses, classes, conditions and claims fits', () => {
  expect(check({ podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] })).toEqual([
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
  ]);
  expect(check({ qosClass: 'Burstable' }, { qosClass: 'BestEffort' })).toEqual([
    'status.qosClass: Invalid value: "Burstable": field is immutable',
  ]);
  expect(
    check({
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: '!', status: 'True' },
      ],
    })[0],
  ).toContain('metadata.conditions[1].Type: Invalid value: "!"');
  expect(check({ resourceClaimStatuses: [{ name: 'x' }] })).toEqual([
    'status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in `spec.resourceClaims`',
  ]);
});

test('profiles by annotation and by field say the same', () => {
  const spec = (type: string): PodSpec => ({
    containers: [{ name: 'c', image: 'i', securityContext: { seccompProfile: { type } } }],
  });
  const annotations = { 'container.seccomp.security.alpha.kubernetes.io/c': 'runtime/default' };
  expect(validateProfilesMatch(annotations, spec('RuntimeDefault'), 'spec')).toEqual([]);
  expect(validateProfilesMatch(annotations, spec('Unconfined'), 'spec')).toMatchObject([
    {
      field: 'spec.containers[0].securityContext.seccompProfile.type',
      body: 'Forbidden: seccomp type in annotation and field must match',
    },
  ]);
});

test('a resize changes CPU and memory, and takes nothing away', () => {
  const resized = (requests: Record<string, string>) =>
    pod({}, { containers: [{ name: 'c', image: 'i', resources: { requests } }] });
  const resize = (next: Record<string, string>, old: Record<string, string>) =>
    validateResize(resized(next), resized(old))
      .map(e => `${e.field}: ${e.body}`)
      .filter(text => text.includes('removed') || text.includes('mutable'));
  expect(resize({ cpu: '2' }, { cpu: '1' })).toEqual([]);
  expect(resize({ memory: '1' }, { cpu: '1', memory: '1' })).toEqual([
    'spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed',
  ]);
  expect(resize({ cpu: '1', 'ephemeral-storage': '2' }, { cpu: '1', 'ephemeral-storage': '1' })).toEqual([
    'spec: Forbidden: only cpu and memory resources are mutable',
  ]);
});

test.each([
  ['controller.kubernetes.io/pod-deletion-cost', '+1', 'must be a 32bit integer'],
  ['controller.kubernetes.io/pod-deletion-cost', '2147483648', 'must be a 32bit integer'],
  ['controller.kubernetes.io/pod-deletion-cost', '-5', undefined],
  ['seccomp.security.alpha.kubernetes.io/pod', 'x', 'must be a valid seccomp profile'],
  ['container.seccomp.security.alpha.kubernetes.io/c', 'localhost/../x', "must not contain '..'"],
  ['container.seccomp.security.alpha.kubernetes.io/c', 'docker/default', undefined],
])('the annotation %s may be %j or not', (key, value, why) => {
  const errors = validatePodAnnotations({ [key]: value }, { containers: [] }, 'metadata.annotations');
  expect(errors.map(e => e.body.split(': ').at(-1))).toEqual(why === undefined ? [] : [why]);
});
