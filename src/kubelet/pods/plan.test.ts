import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Container } from '../../generated/core-v1.ts';
import type { ContainerStatus } from '../cri/contract.ts';
import { containerHash } from './labels.ts';
import { type PlanInput, planPod } from './plan.ts';
import type { NodePod } from './pod.ts';
import type { ContainerRecord, PodRuntimeState } from './runtime-state.ts';

const spec = (name: string, extra: Partial<Container> = {}): Container => ({ name, image: 'app', ...extra });

const podOf = (containers: Container[], init: Container[] = [], restartPolicy = 'Always'): NodePod => ({
  metadata: { name: 'a', namespace: 'default', uid: 'u' },
  spec: { containers, initContainers: init, restartPolicy },
});

const record = (
  container: Container,
  state: ContainerStatus['state'],
  exitCode = 0,
  sandboxId = 's0',
): ContainerRecord => ({
  sandboxId,
  name: container.name,
  restartCount: 0,
  hash: containerHash(container),
  imageId: '',
  status: {
    id: `${container.name}-id`,
    metadata: { name: container.name, attempt: 0 },
    state,
    createdAtMs: 1,
    startedAtMs: 1,
    finishedAtMs: 2,
    exitCode,
    image: '',
    imageRef: '',
    reason: '',
    message: '',
    labels: {},
    annotations: {},
    logPath: '',
  },
});

const sandbox = (ready = true, attempt = 0) => ({
  id: `s${attempt}`,
  attempt,
  createdAtMs: 0,
  ready,
  ips: ['10.0.0.1'],
});
const plan = (pod: NodePod, runtime: PodRuntimeState, extra: Partial<PlanInput> = {}) =>
  planPod({
    pod,
    runtime,
    failedProbe: new Map(),
    resizeRestarts: new Set(),
    isStarted: () => true,
    ...extra,
  });
const starts = (p: ReturnType<typeof planPod>) => p.start.map(s => s.container.name);

test('a new pod gets a sandbox and all its containers', () => {
  const p = plan(podOf([spec('x'), spec('y')]), { sandboxes: [], containers: [] });
  expect(p).toMatchObject({ killPod: false, createSandbox: { attempt: 0 } });
  expect(starts(p)).toEqual(['x', 'y']);
});

test('with init containers, only the first of them', () => {
  expect(starts(plan(podOf([spec('x')], [spec('i'), spec('j')]), { sandboxes: [], containers: [] }))).toEqual(
    ['i'],
  );
});

test('an init container that ended well makes way for the next', () => {
  const [i, j, x] = [spec('i'), spec('j'), spec('x')];
  const pod = podOf([x], [i, j]);
  expect(starts(plan(pod, { sandboxes: [sandbox()], containers: [record(i, 'exited')] }))).toEqual(['j']);
  const both = [record(j, 'exited'), record(i, 'exited')];
  expect(starts(plan(pod, { sandboxes: [sandbox()], containers: both }))).toEqual(['x']);
});

test('a sidecar must have started before what comes after it', () => {
  const side = spec('side', { restartPolicy: 'Always' });
  const pod = podOf([spec('x')], [side]);
  const runtime = { sandboxes: [sandbox()], containers: [record(side, 'running')] };
  expect(starts(plan(pod, runtime, { isStarted: () => false }))).toEqual([]);
  expect(starts(plan(pod, runtime))).toEqual(['x']);
});

test('a failed init container ends a pod that must not restart', () => {
  const i = spec('i');
  const runtime = { sandboxes: [sandbox()], containers: [record(i, 'exited', 5)] };
  expect(plan(podOf([spec('x')], [i], 'Never'), runtime)).toMatchObject({
    killPod: true,
    createSandbox: undefined,
  });
  expect(starts(plan(podOf([spec('x')], [i], 'Always'), runtime))).toEqual(['i']);
});

test('once containers exist, ended init containers stay as they are and sidecars are restarted', () => {
  const [i, side, x] = [spec('i'), spec('side', { restartPolicy: 'Always' }), spec('x')];
  const containers = [record(x, 'running'), record(side, 'exited', 1), record(i, 'exited', 7)];
  expect(starts(plan(podOf([x], [i, side]), { sandboxes: [sandbox()], containers }))).toEqual(['side']);
});

test('a container with another image is killed and started again', () => {
  const x = spec('x');
  const p = plan(podOf([{ ...x, image: 'next' }]), {
    sandboxes: [sandbox()],
    containers: [record(x, 'running')],
  });
  expect(p.kill.map(k => k.message)).toEqual(['Container x definition changed, will be restarted']);
  expect(starts(p)).toEqual(['x']);
});

test('a container whose probe failed and that may not restart is killed, and the others go on', () => {
  const [x, y] = [spec('x'), spec('y')];
  const runtime = { sandboxes: [sandbox()], containers: [record(x, 'running'), record(y, 'running')] };
  const failedProbe = new Map([['x-id', 'liveness' as const]]);
  const never = plan(podOf([x, y], [], 'Never'), runtime, { failedProbe });
  expect(never.kill.map(k => k.message)).toEqual(['Container x failed liveness probe']);
  expect(starts(never)).toEqual([]);
  // The container's own policy goes before the pod's.
  const own = plan(podOf([{ ...x, restartPolicy: 'Always' }, y], [], 'Never'), runtime, { failedProbe });
  expect(own.kill.map(k => k.message)).toEqual(['Container x failed liveness probe, will be restarted']);
  expect(starts(own)).toEqual(['x']);
  // Without another one the pod is done.
  expect(plan(podOf([x], [], 'Never'), runtime, { failedProbe })).toMatchObject({ killPod: true, kill: [] });
});

test('backoff counts from the newest end before the plan, also of one that is killed first', () => {
  const x = spec('x');
  const older = { ...record(x, 'exited'), restartCount: 1 };
  const runtime = { sandboxes: [sandbox()], containers: [record(x, 'running'), older] };
  const [start] = plan(podOf([x]), runtime, { failedProbe: new Map([['x-id', 'liveness']]) }).start;
  expect(start).toMatchObject({ previous: { status: { state: 'running' } }, ended: { restartCount: 1 } });
});

test('a lost sandbox takes everything with it', () => {
  const x = spec('x');
  const runtime = { sandboxes: [sandbox(false)], containers: [record(x, 'exited', 137)] };
  expect(plan(podOf([x]), runtime)).toMatchObject({ killPod: true, createSandbox: { attempt: 1 } });
  expect(plan(podOf([x], [], 'Never'), runtime)).toMatchObject({ killPod: true, createSandbox: undefined });
});

test('restart rules of a container decide by exit code', () => {
  const x = spec('x', {
    restartPolicy: 'Never',
    restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
  });
  const at = (exitCode: number) => ({ sandboxes: [sandbox()], containers: [record(x, 'exited', exitCode)] });
  expect(starts(plan(podOf([x], [], 'Never'), at(42)))).toEqual(['x']);
  expect(plan(podOf([x], [], 'Never'), at(1))).toMatchObject({ killPod: true });
});

test('property: a plan never starts what runs and stays, nor a container twice, nor two init containers', () => {
  const state = fc.constantFrom<ContainerStatus['state'] | 'none'>('none', 'created', 'running', 'exited');
  const one = fc.record({ state, exitCode: fc.constantFrom(0, 1), old: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 3 }),
      fc.array(fc.record({ of: one, isSide: fc.boolean() }), { maxLength: 3 }),
      fc.constantFrom('Always', 'OnFailure', 'Never'),
      fc.boolean(),
      (regular, init, policy, ready) => {
        const containers = regular.map((_, n) => spec(`c${n}`));
        const inits = init.map(({ isSide }, n) => spec(`i${n}`, isSide ? { restartPolicy: 'Always' } : {}));
        const make = (container: Container, { state: s, exitCode, old }: (typeof regular)[number]) =>
          s === 'none' ? [] : [record(container, s, exitCode, old ? 'older' : 's1')];
        const runtime: PodRuntimeState = {
          sandboxes: [sandbox(ready, 1)],
          containers: [
            ...containers.flatMap((c, n) => make(c, regular[n] as (typeof regular)[number])),
            ...inits.flatMap((c, n) => make(c, (init[n] as (typeof init)[number]).of)),
          ],
        };
        const p = plan(podOf(containers, inits, policy), runtime);
        const names = starts(p);
        expect(new Set(names).size).toBe(names.length);
        const killed = new Set(p.kill.map(k => k.record.name));
        for (const name of names) {
          const runs = runtime.containers.some(r => r.name === name && r.status.state === 'running');
          if (!p.killPod && runs) expect(killed).toContain(name);
        }
        const plainInits = p.start.filter(s => s.type === 'init' && s.container.restartPolicy !== 'Always');
        expect(plainInits.length).toBeLessThanOrEqual(1);
        if (plainInits.length > 0) expect(p.start.filter(s => s.type === 'regular')).toEqual([]);
      },
    ),
  );
});

test('an ephemeral container starts once, whatever the others do, and keeps no pod alive', () => {
  const debug = spec('debug');
  const pod = podOf([spec('x')], [spec('i')]);
  const withDebug: NodePod = { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } };
  const later = (containers: ContainerRecord[]) => plan(withDebug, { sandboxes: [sandbox()], containers });
  // Beside an init container, and beside one that goes on failing.
  expect(starts(later([record(spec('i'), 'running')]))).toEqual(['debug']);
  const init = record(spec('i'), 'exited');
  expect(starts(later([init, record(spec('x'), 'exited', 1)]))).toEqual(['debug', 'x']);
  // Not a second time, however it ended.
  expect(starts(later([init, record(spec('x'), 'running'), record(debug, 'exited', 1)]))).toEqual([]);
  const never: NodePod = { ...withDebug, spec: { ...withDebug.spec, restartPolicy: 'Never' } };
  const ended = [init, record(spec('x'), 'exited'), record(debug, 'running')];
  expect(plan(never, { sandboxes: [sandbox()], containers: ended }).killPod).toBe(true);
});
