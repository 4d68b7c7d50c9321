import { expect, test } from 'vitest';
import type { Container, ContainerStatus, PodStatus } from '../../generated/core-v1.ts';
import type { NodePod } from '../pods/pod.ts';
import { RestartBackoff } from '../pods/restart-backoff.ts';
import type { ContainerRecord, PodRuntimeState } from '../pods/runtime-state.ts';
import { isSameStatus, mergeStatus } from './merge.ts';
import { podPhase } from './phase.ts';
import { podStatus, type StatusFacts } from './pod-status.ts';

const podOf = (spec: Partial<NodePod['spec']> = {}, status?: PodStatus): NodePod => ({
  metadata: { name: 'a', namespace: 'default', uid: 'u', generation: 3 },
  spec: { containers: [{ name: 'main', image: 'app' }], ...spec },
  ...(status ? { status } : {}),
});
const facts: StatusFacts = {
  waiting: new Map(),
  isReady: () => true,
  isStarted: () => true,
  nodeIPs: ['192.0.2.1'],
  startTime: '2026-01-01T00:00:00Z',
  terminated: false,
};
const record = (name: string, over: Partial<ContainerRecord['status']> = {}): ContainerRecord => ({
  sandboxId: 's',
  name,
  restartCount: 0,
  hash: '',
  imageId: 'sha256:abc',
  status: {
    id: `${name}-1`,
    metadata: { name, attempt: 0 },
    state: 'running',
    createdAtMs: 1000,
    startedAtMs: 2000,
    finishedAtMs: 0,
    exitCode: 0,
    image: 'docker.io/library/app:latest',
    imageRef: 'sha256:abc',
    reason: '',
    message: '',
    labels: {},
    annotations: {},
    logPath: '',
    ...over,
  },
});
const running = (...containers: ContainerRecord[]): PodRuntimeState => ({
  sandboxes: [{ id: 's', attempt: 0, createdAtMs: 0, ready: true, ips: ['10.0.0.5'] }],
  containers,
});
const exited = (exitCode: number) =>
  ({
    state: 'exited',
    exitCode,
    finishedAtMs: 3000,
    reason: exitCode === 0 ? 'Completed' : 'Error',
  }) as const;
const conditionsOf = (status: PodStatus) =>
  Object.fromEntries(
    (status.conditions ?? []).map(c => [c.type, c.reason ? `${c.status} ${c.reason}` : c.status]),
  );

test('before its sandbox is there a pod is Pending and its containers are being created', () => {
  const status = podStatus(podOf(), { sandboxes: [], containers: [] }, facts);
  expect(status).toMatchObject({
    phase: 'Pending',
    observedGeneration: 3,
    hostIPs: [{ ip: '192.0.2.1' }],
    qosClass: 'BestEffort',
    containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } }, started: false, imageID: '' }],
  });
  expect(conditionsOf(status)).toEqual({
    PodReadyToStartContainers: 'False',
    Initialized: 'True',
    Ready: 'False ContainersNotReady',
    ContainersReady: 'False ContainersNotReady',
    PodScheduled: 'True',
  });
});

test('a running pod, container by container', () => {
  expect(podStatus(podOf(), running(record('main')), facts)).toMatchObject({
    phase: 'Running',
    podIP: '10.0.0.5',
    containerStatuses: [
      {
        name: 'main',
        containerID: 'containerd://main-1',
        image: 'docker.io/library/app:latest',
        imageID: 'sha256:abc',
        ready: true,
        started: true,
        resources: {},
        lastState: {},
        state: { running: { startedAt: '1970-01-01T00:00:02Z' } },
      },
    ],
  });
});

test('containers are given by name, init containers as they run', () => {
  const names = (list: ContainerStatus[] | undefined) => list?.map(s => s.name);
  const containers = [{ name: 'z' }, { name: 'b' }];
  const initContainers = [{ name: 'y' }, { name: 'c' }];
  const status = podStatus(podOf({ containers, initContainers }), running(), facts);
  expect(names(status.containerStatuses)).toEqual(['b', 'z']);
  expect(names(status.initContainerStatuses)).toEqual(['y', 'c']);
});

test('while a pod is ending its conditions tell it, and its phase waits', () => {
  const pod = podOf({ restartPolicy: 'Never' });
  const ending = podStatus(pod, running(record('main', exited(3))), facts);
  expect(ending.phase).toBe('Running');
  expect(conditionsOf(ending)).toMatchObject({
    Ready: 'False PodFailed',
    ContainersReady: 'False PodFailed',
  });
  const ended = podStatus(pod, running(record('main', exited(3))), { ...facts, terminated: true });
  expect(ended.phase).toBe('Failed');
});

test('a container that was never seen to end counts as ended when its pod has', () => {
  const status = podStatus(podOf(), running(), { ...facts, terminated: true });
  expect(status.phase).toBe('Failed');
  expect(status.containerStatuses?.[0]?.state?.terminated).toMatchObject({
    reason: 'ContainerStatusUnknown',
    exitCode: 137,
  });
});

test('a reason to wait goes over the last end, which is kept', () => {
  const waiting = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off' }]]);
  const [status] =
    podStatus(podOf(), running(record('main', exited(1))), { ...facts, waiting }).containerStatuses ?? [];
  expect(status).toMatchObject({
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  });
});

test('readiness gates hold back Ready, not ContainersReady', () => {
  const gated = (status?: PodStatus) => podOf({ readinessGates: [{ conditionType: 'x/y' }] }, status);
  const before = podStatus(gated(), running(record('main')), facts);
  expect(conditionsOf(before)).toMatchObject({
    Ready: 'False ReadinessGatesNotReady',
    ContainersReady: 'True',
  });
  const open = gated({ conditions: [{ type: 'x/y', status: 'True' }] });
  expect(conditionsOf(podStatus(open, running(record('main')), facts))).toMatchObject({ Ready: 'True' });
});

const regular = (...states: ContainerStatus['state'][]): ContainerStatus[] =>
  states.map((state, n) => ({ name: `c${n}`, image: '', imageID: '', ready: false, restartCount: 0, state }));
const run = { running: {} };
const ok = { terminated: { exitCode: 0 } };
const bad = { terminated: { exitCode: 1 } };
const wait = { waiting: {} };
test.each([
  ['Always', [run, ok], false, 'Running'],
  ['Always', [ok, ok], false, 'Running'],
  ['Always', [ok, ok], true, 'Succeeded'],
  ['Always', [run, wait], false, 'Pending'],
  ['OnFailure', [ok, bad], false, 'Running'],
  ['OnFailure', [ok, ok], false, 'Succeeded'],
  ['Never', [ok, bad], false, 'Failed'],
  ['Never', [run, bad], false, 'Running'],
  ['Never', [wait, bad], false, 'Pending'],
])('with %s, %j is %s', (restartPolicy, states, isTerminal, phase) => {
  expect(podPhase(podOf({ restartPolicy }), [], regular(...states), isTerminal)).toBe(phase);
});

test('a pod is Running as long as a sidecar runs', () => {
  const side: Container = { name: 'c0', restartPolicy: 'Always' };
  const pod = podOf({ restartPolicy: 'Never', initContainers: [side] });
  const init = regular(run).map(s => ({ ...s, started: true }));
  expect(podPhase(pod, init, regular(ok), false)).toBe('Running');
  expect(podPhase(pod, regular(ok), regular(ok), false)).toBe('Succeeded');
});

test('whether ended containers start again is asked of each: its own policy and rules count', () => {
  const c0: Container = { name: 'c0', restartPolicy: 'Never' };
  const rules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }];
  expect(podPhase(podOf({ containers: [c0] }), [], regular(bad), false)).toBe('Failed');
  const ruled = podOf({ restartPolicy: 'Never', containers: [{ ...c0, restartPolicyRules: rules }] });
  expect(podPhase(ruled, [], regular(bad), false)).toBe('Running');
  expect(podPhase(ruled, [], regular(ok), false)).toBe('Succeeded');
});

test('of the init containers of a pod that has ended, those that were never tried go on waiting', () => {
  const initContainers = ['i0', 'i1', 'i2'].map(name => ({ name }));
  const pod = podOf({ initContainers });
  const status = podStatus(pod, { sandboxes: [], containers: [] }, { ...facts, terminated: true });
  expect(status.initContainerStatuses?.map(s => Object.keys(s.state ?? {})[0])).toEqual([
    'terminated',
    'waiting',
    'waiting',
  ]);
  expect(status.containerStatuses?.[0]?.state?.waiting).toBeDefined();
});

const T0 = Date.UTC(2026, 0, 1);
test('a condition keeps its time while its status stays; those of others are handed on', () => {
  const first = mergeStatus({ conditions: [{ type: 'Ready', status: 'False' }] }, undefined, T0);
  const old = { ...first, conditions: [...(first.conditions ?? []), { type: 'x/y', status: 'True' }] };
  const same = mergeStatus({ conditions: [{ type: 'Ready', status: 'False', reason: 'R' }] }, old, T0 + 5000);
  expect(same.conditions?.map(c => [c.type, c.lastTransitionTime])).toEqual([
    ['Ready', '2026-01-01T00:00:00Z'],
    ['x/y', undefined],
  ]);
  const changed = mergeStatus({ conditions: [{ type: 'Ready', status: 'True' }] }, old, T0 + 5000);
  expect(changed.conditions?.[0]?.lastTransitionTime).toBe('2026-01-01T00:00:05Z');
});

test('a terminal phase and its reason stay', () => {
  const old: PodStatus = { phase: 'Failed', reason: 'DeadlineExceeded', message: 'm' };
  expect(mergeStatus({ phase: 'Running' }, old, T0)).toMatchObject(old);
});

test('order of fields, nulls and absent values make no difference', () => {
  expect(
    isSameStatus({ phase: 'Running', podIP: '1' }, { podIP: '1', phase: 'Running', message: undefined }),
  ).toBe(true);
  expect(isSameStatus({ phase: 'Running' }, { phase: 'Pending' })).toBe(false);
});

test('backoff doubles from 10 s to 5 min and is forgotten after ten good minutes', () => {
  const backoff = new RestartBackoff();
  let failedAt = 0;
  expect(backoff.remaining('k', failedAt, 0)).toBe(0);
  backoff.next('k', failedAt);
  const delays: number[] = [];
  for (let n = 0; n < 7; n++) {
    failedAt += 1000;
    delays.push(backoff.remaining('k', failedAt, failedAt) / 1000);
    failedAt += delays.at(-1)! * 1000;
    backoff.next('k', failedAt);
  }
  expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300]);
  expect(backoff.remaining('k', failedAt + 1_000_000, failedAt + 1_000_000)).toBe(0);
});

test('an ephemeral container has a status of its own, is never ready, and changes no phase', () => {
  const pod = podOf({ ephemeralContainers: [{ name: 'debug', image: 'tools' }] });
  const before = podStatus(pod, running(record('main')), facts);
  expect(before.ephemeralContainerStatuses).toMatchObject([
    { name: 'debug', ready: false, state: { waiting: { reason: 'ContainerCreating' } } },
  ]);
  const after = podStatus(pod, running(record('main'), record('debug', exited(1))), facts);
  expect(after.phase).toBe('Running');
  expect(after.conditions).toEqual(before.conditions);
  const [debug] = mergeStatus(after, before, 0).ephemeralContainerStatuses ?? [];
  expect(debug).toMatchObject({ ready: false, restartCount: 0, state: { terminated: { exitCode: 1 } } });
  expect(debug).not.toHaveProperty('started');
});
