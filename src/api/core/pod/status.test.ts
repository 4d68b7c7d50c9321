import { expect, test } from 'vitest';
import type {
  ContainerRestartRule,
  Pod,
  PodSpec,
  PodStatus,
  ResourceStatus,
} from '../../../generated/core-v1.ts';
import { validatePodAnnotations, validateProfilesMatch } from './annotations.ts';
import { prepareStatusUpdate, statusWarnings, validateStatusUpdate } from './status.ts';

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
  ).toContain('status.conditions[1].Type: Invalid value: "!"');
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

const FORBIDDEN_MOVE = 'Forbidden: may not be transitioned to non-terminated state';
const ruled = (restartPolicyRules: ContainerRestartRule[], restartPolicy = 'Never') => ({
  restartPolicy: 'Never',
  containers: [{ name: 'c', image: 'i', restartPolicy, restartPolicyRules }],
});
const on = (operator: string, values: number[], action = 'Restart') => ({
  action,
  exitCodes: { operator, values },
});

test.each<[what: string, exitCode: number, spec: Partial<PodSpec>, mayRun: boolean]>([
  ['a code that a rule names', 42, ruled([on('In', [42])]), true],
  ['a code that no rule names', 1, ruled([on('In', [42])]), false],
  ['a code that a rule leaves out', 1, ruled([on('NotIn', [42])]), true],
  ['a failure, by the policy of the container', 1, ruled([], 'OnFailure'), true],
  ['success, by the policy of the container', 0, ruled([], 'OnFailure'), false],
  [
    'any code, where another container may restart all',
    0,
    ruled([on('In', [9], 'RestartAllContainers')]),
    true,
  ],
  ['a container that the pod does not have', 1, { restartPolicy: 'Always', containers: [] }, false],
])('after %s', (_, exitCode, spec, mayRun) => {
  const ended = { containerStatuses: [state('c', exitCode)] };
  expect(check({ containerStatuses: [state('c')] }, ended, spec)).toEqual(
    mayRun ? [] : [`status.containerStatuses[0].state: ${FORBIDDEN_MOVE}`],
  );
});

const ids = (uid: number, supplementalGroups: number[] = []) => ({
  containerStatuses: [{ ...state('c'), user: { linux: { uid, gid: 0, supplementalGroups } } }],
});
const given = (...allocatedResourcesStatus: ResourceStatus[]) => ({
  containerStatuses: [{ ...state('c'), allocatedResourcesStatus }],
});
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const asking = {
  containers: [
    { name: 'c', image: 'i', resources: { requests: { cpu: '1' }, claims: [{ name: 'a', request: 'b' }] } },
  ],
};
const RANGE = 'must be between 0 and 2147483647, inclusive';
const ALLOCATED = 'status.containerStatuses[0].allocatedResourcesStatus';

test.each<[what: string, status: PodStatus, spec: Partial<PodSpec>, told: readonly string[]]>([
  [
    'generations below zero',
    { observedGeneration: -1, conditions: [{ type: 'Ready', status: 'True', observedGeneration: -2 }] },
    {},
    [
      'status.conditions[0].observedGeneration: Invalid value: -2: must be a non-negative integer',
      'status.observedGeneration: Invalid value: -1: must be a non-negative integer',
    ],
  ],
  [
    'a node nominated after binding',
    { nominatedNodeName: 'n' },
    { nodeName: 'm' },
    ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
  ],
  [
    'addresses that are none',
    { podIPs: [{ ip: '10.0.0.1' }, { ip: 'x' }] },
    {},
    [
      'status.podIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'status.podIPs: Internal error: failed to check for dual stack with error:invalid IP[1]: x',
      'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"x"}]: may specify no more than one IP for each IP family',
    ],
  ],
  [
    'the address of another host',
    { hostIP: '10.0.0.1', hostIPs: [{ ip: '10.0.0.2' }] },
    {},
    ['status.hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
  ],
  [
    'users and groups out of range',
    ids(-1, [2 ** 31]),
    {},
    [
      `status.containerStatuses[0].user.linux.uid: Invalid value: -1: ${RANGE}`,
      `status.containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: 2147483648: ${RANGE}`,
    ],
  ],
  [
    'a user of Linux on Windows',
    ids(1),
    { os: { name: 'windows' } },
    ['status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod'],
  ],
  [
    'what was asked for',
    given({ name: 'cpu' }, { name: 'claim:a/b', resources: [{ resourceID: 'x', health: 'Healthy' }] }),
    asking,
    [],
  ],
  [
    'what nobody asked for',
    given(
      { name: 'gpu' },
      { name: 'claim:a', resources: [{ resourceID: 'x' }, { resourceID: 'x', health: 'Unknown' }] },
    ),
    asking,
    [
      `${ALLOCATED}[0].name: Invalid value: "gpu": must match one of the container's resource requests`,
      `${ALLOCATED}[1].name: Invalid value: "claim:a": must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty`,
      `${ALLOCATED}[1].resources[0].health: Unsupported value: "": supported values: "Healthy", "Unhealthy", "Unknown"`,
      `${ALLOCATED}[1].resources[1].resourceID: Duplicate value: "x"`,
    ],
  ],
  [
    'claims that are none, or twice the same',
    { resourceClaimStatuses: [{ name: 'a', resourceClaimName: 'A' }, { name: 'b' }, { name: 'b' }] },
    { resourceClaims: [{ name: 'a', resourceClaimTemplateName: 't' }] },
    [
      `status.resourceClaimStatuses[0].resourceClaimName: Invalid value: "A": ${subdomain}`,
      'status.resourceClaimStatuses[1].name: Invalid value: "b": must match the name of an entry in `spec.resourceClaims`',
      'status.resourceClaimStatuses[2].name: Invalid value: "b": must match the name of an entry in `spec.resourceClaims`',
      'status.resourceClaimStatuses[2].name: Duplicate value: "b"',
    ],
  ],
  [
    'a claim for extended resources',
    {
      extendedResourceClaimStatus: {
        resourceClaimName: '',
        requestMappings: [
          { containerName: 'c', resourceName: 'cpu', requestName: 'r' },
          { containerName: 'c', resourceName: 'gpu', requestName: 'r' },
          { containerName: 'd', resourceName: 'cpu', requestName: 'r' },
        ],
      },
    },
    asking,
    [
      'status.extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "gpu": must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests',
      'status.extendedResourceClaimStatus.requestMappings[2].containerName: Invalid value: "d": must match the name of an entry in spec.initContainers.name or spec.containers.name',
      'status.extendedResourceClaimStatus.resourceClaimName: Required value',
    ],
  ],
])('%s', (_, status, spec, told) => {
  expect(check(status, {}, spec)).toEqual(told);
});

test('an address that was there stays, however it is spelt, with a warning', () => {
  const status = { podIPs: [{ ip: '010.0.0.1' }] };
  expect(check(status, status)).toEqual([]);
  expect(check(status)).toEqual(['status.podIPs[0]: Invalid value: "010.0.0.1": must not have leading 0s']);
  expect(statusWarnings(pod(status))).toEqual([
    'status.podIPs[0].ip: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]);
});

test('what a status has once observed is not forgotten, nor its class', () => {
  const ready = (observedGeneration?: number) => ({ type: 'Ready', status: 'True', observedGeneration });
  const old = pod({ qosClass: 'Burstable', observedGeneration: 3, conditions: [ready(1), ready(2)] });
  const next = pod({ podIP: '1.2.3.4', conditions: [ready(), ready(7), ready()] });
  prepareStatusUpdate(next, old);
  expect(next.status).toMatchObject({
    qosClass: 'Burstable',
    observedGeneration: 3,
    podIPs: [{ ip: '1.2.3.4' }],
    conditions: [ready(1), ready(7), ready()],
  });
});

test('what belongs to features that are off is not kept', () => {
  const mount = { name: 'v', mountPath: '/v' };
  const given = (volumeMount: object, more: object = {}) => {
    const next = pod({
      containerStatuses: [{ ...state('c'), volumeMounts: [{ ...mount, ...volumeMount }] }],
    });
    Object.assign(next.status ?? {}, more);
    return next;
  };
  const claims = { nodeAllocatableResourceClaimStatuses: [{ resourceClaimName: 'r', resources: {} }] };
  const next = given({ volumeStatus: { image: { imageRef: 'sha256:0' } } }, claims);
  prepareStatusUpdate(next, pod({}));
  expect(next.status).toEqual({ ...given({}).status, qosClass: 'BestEffort' });
});
