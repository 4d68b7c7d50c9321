/**
 * What to do next for a pod that should run: a pure decision from what the API asks for and what
 * the runtime has. sync-pod.ts carries it out; after every change the plan is made anew, so that
 * nothing in it needs to survive.
 *
 * The rules, which are upstream's:
 * - No ready sandbox: everything left of the old one is killed and a new one is made, unless the
 *   pod has nothing left to run.
 * - Init containers run one after another, each until it has ended well; a sidecar only until it
 *   has started. Once any regular container has been created they are not run again, but
 *   sidecars are restarted for as long as the pod lives.
 * - Regular containers are started when they have never run or when their policy says so; one
 *   whose spec changed or whose liveness or startup probe failed is killed first.
 * - Ephemeral containers (KEP-277) start once, as soon as there is a sandbox.
 * - When no regular container runs or may run again, the pod is done: everything is killed.
 */
import type { Container } from '../../generated/core-v1.ts';
import { containerHash } from './labels.ts';
import { type ContainerType, isSidecar, type NodePod } from './pod.ts';
import { restartsAfterProbe, shouldRestart } from './restart.ts';
import {
  type ContainerRecord,
  hasExited,
  isRunning,
  latest,
  type PodRuntimeState,
  readySandbox,
} from './runtime-state.ts';

export interface PlanInput {
  readonly pod: NodePod;
  readonly runtime: PodRuntimeState;
  /** Container ids whose liveness or startup probe gave them up. */
  readonly failedProbe: ReadonlyMap<string, 'liveness' | 'startup'>;
  /** Container ids whose new resources ask for a restart. */
  readonly resizeRestarts: ReadonlySet<string>;
  /** Whether a running sidecar has passed its startup probe (or has none) and its postStart hook. */
  readonly isStarted: (containerId: string) => boolean;
}

export interface Kill {
  readonly record: ContainerRecord;
  /** The event's text. */
  readonly message: string;
  readonly reason: 'liveness' | 'startup' | 'changed' | 'resize' | 'stale';
}

export interface Start {
  readonly container: Container;
  readonly type: ContainerType;
  /** The container it replaces: it decides the restart count. */
  readonly previous: ContainerRecord | undefined;
  /**
   * The newest of that name that had ended when the plan was made: backoff counts from its end. Of one
   * that is killed first, it is the one before (upstream).
   */
  readonly ended: ContainerRecord | undefined;
}

export interface PodPlan {
  /** Kill everything and stop the sandboxes first. */
  readonly killPod: boolean;
  /** Make a sandbox with this attempt number. Without it and with killPod, the pod is done. */
  readonly createSandbox: { readonly attempt: number } | undefined;
  readonly kill: readonly Kill[];
  /** In this order, each when the one before has started. */
  readonly start: readonly Start[];
}

const NOTHING: PodPlan = { killPod: false, createSandbox: undefined, kill: [], start: [] };
const DONE: PodPlan = { ...NOTHING, killPod: true };

/** What to do next for a pod that should run, from what the runtime has of it. */
export function planPod(input: PlanInput): PodPlan {
  return readySandbox(input.runtime) ? planInSandbox(input) : planNewSandbox(input);
}

function planNewSandbox({ pod, runtime }: PlanInput): PodPlan {
  const last = runtime.sandboxes[0];
  const attempt = last ? last.attempt + 1 : 0;
  const policy = pod.spec.restartPolicy ?? 'Always';
  // A pod that must not restart and has run before is over when its sandbox is.
  if (policy === 'Never' && attempt > 0 && runtime.containers.length > 0) return DONE;
  const killPod = runtime.sandboxes.length > 0;
  const init = pod.spec.initContainers ?? [];
  const wanted = pod.spec.containers
    .map(container => startOf(runtime, container, 'regular'))
    .filter(({ container, previous }) => mayStart(pod, container, 'regular', previous));
  if (wanted.length === 0) return DONE;
  const first = init[0];
  const start: Start[] = first ? [startOf(runtime, first, 'init')] : wanted;
  return { killPod, createSandbox: { attempt }, kill: [], start };
}

function planInSandbox(input: PlanInput): PodPlan {
  const { pod, runtime } = input;
  const sandboxId = readySandbox(runtime)?.id;
  const stale = runtime.containers
    .filter(record => isRunning(record) && record.sandboxId !== sandboxId)
    .map(
      (record): Kill => ({
        record,
        message: `Container ${record.name} is of an earlier sandbox`,
        reason: 'stale',
      }),
    );

  const init = planInit(input);
  const kill: Kill[] = [...stale, ...init.kill];
  if (!init.initialised) {
    return init.failed ? DONE : { ...NOTHING, kill, start: [...planEphemeral(input), ...init.start] };
  }

  const start: Start[] = [...planEphemeral(input), ...init.start];
  let keep = 0;
  for (const container of pod.spec.containers) {
    const record = ofSandbox(latest(runtime, container.name), sandboxId);
    if (!isRunning(record)) {
      if (mayStart(pod, container, 'regular', record)) start.push(startOf(runtime, container, 'regular'));
      continue;
    }
    const why = killReason(container, record, input);
    if (!why) {
      keep++;
      continue;
    }
    // What was asked for is always started again, whatever the policy.
    const isWanted = why.reason === 'changed' || why.reason === 'resize';
    const again = isWanted || restartsAfterProbe(pod, container);
    const what = `Container ${container.name} ${why.text}`;
    const message = again && why.reason !== 'resize' ? `${what}, will be restarted` : what;
    kill.push({ record, reason: why.reason, message });
    if (again) start.push(startOf(runtime, container, 'regular'));
  }
  const regularStarts = start.filter(s => s.type === 'regular').length;
  return keep === 0 && regularStarts === 0 ? DONE : { ...NOTHING, kill, start };
}

/** Those that have never been started: they need nothing but the sandbox, and run once. */
function planEphemeral({ pod, runtime }: PlanInput): Start[] {
  return (pod.spec.ephemeralContainers ?? [])
    .filter(container => !latest(runtime, container.name))
    .map(container => startOf(runtime, container, 'ephemeral'));
}

interface InitPlan {
  readonly initialised: boolean;
  readonly failed: boolean;
  readonly kill: readonly Kill[];
  readonly start: readonly Start[];
}

/** Which init container is next, and which sidecars need a restart. */
function planInit(input: PlanInput): InitPlan {
  const { pod, runtime, isStarted } = input;
  const sandboxId = readySandbox(runtime)?.id;
  const init = pod.spec.initContainers ?? [];
  const kill: Kill[] = [];
  const start: Start[] = [];
  const past = pod.spec.containers.some(c => ofSandbox(latest(runtime, c.name), sandboxId));
  for (const container of init) {
    const previous = latest(runtime, container.name);
    const record = ofSandbox(previous, sandboxId);
    if (isSidecar(container)) {
      const why = isRunning(record) ? killReason(container, record, input) : undefined;
      if (isRunning(record) && why) {
        const what = why.reason === 'resize' ? 'Container' : 'Init container';
        const message = `${what} ${container.name} ${why.text}`;
        kill.push({ record, reason: why.reason, message });
      }
      if (!isRunning(record) || why) start.push(startOf(runtime, container, 'init'));
      const started = isRunning(record) && !why && isStarted(record.status.id);
      if (!started && !past) return { initialised: false, failed: false, kill, start };
      continue;
    }
    if (past) continue;
    if (hasExited(record) && record.status.exitCode === 0) continue;
    if (isRunning(record)) return { initialised: false, failed: false, kill, start };
    if (mayStart(pod, container, 'init', record)) {
      start.push(startOf(runtime, container, 'init'));
      return { initialised: false, failed: false, kill, start };
    }
    return { initialised: false, failed: true, kill, start: [] };
  }
  return { initialised: true, failed: false, kill, start };
}

const startOf = (runtime: PodRuntimeState, container: Container, type: ContainerType): Start => ({
  container,
  type,
  previous: latest(runtime, container.name),
  ended: runtime.containers.find(record => record.name === container.name && hasExited(record)),
});

const ofSandbox = (record: ContainerRecord | undefined, sandboxId: string | undefined) =>
  record?.sandboxId === sandboxId ? record : undefined;

/** Whether a container that does not run is to be started. */
function mayStart(
  pod: NodePod,
  container: Container,
  type: ContainerType,
  record: ContainerRecord | undefined,
): boolean {
  if (!record) return true;
  // Created and never started: the kubelet was stopped between the two calls.
  if (!hasExited(record)) return true;
  return shouldRestart(pod, container, type, record.status.exitCode);
}

function killReason(
  container: Container,
  record: ContainerRecord,
  { failedProbe, resizeRestarts }: PlanInput,
): { readonly reason: Kill['reason']; readonly text: string } | undefined {
  if (record.hash !== containerHash(container)) return { reason: 'changed', text: 'definition changed' };
  if (resizeRestarts.has(record.status.id)) return { reason: 'resize', text: 'resize requires restart' };
  const probe = failedProbe.get(record.status.id);
  return probe && { reason: probe, text: `failed ${probe} probe` };
}
