/**
 * Lives for one pod, from when it is bound to this node until every trace of it is gone. One
 * step at a time: whatever happens (a new spec, an exit, a probe, a timer) only wakes the worker,
 * which looks at the pod and at the runtime again, plans, and acts.
 *
 *   running ──► ending ──► ended ──► removed
 *     (done, deadline, rejected, deleted)   (deleted from the API)
 *
 * - running: sync-pod.ts, over and over.
 * - ending: containers are stopped, then the sandbox. What sync was doing is aborted.
 * - ended: the status is terminal; volumes and cgroup are gone; logs stay.
 * - removed: only after all that is the pod deleted from the API, with grace period 0.
 */
import { isStatusError } from '../../api/status-error.ts';
import { Backoff } from '../../base/backoff.ts';
import { rfc3339, type Timer } from '../../base/clock.ts';
import { logDirectory } from '../directories.ts';
import { podStatus, type StatusFacts } from '../status/pod-status.ts';
import type { PendingResize } from './allocation.ts';
import { killPodContainers, removeFromRuntime, stopSandboxes } from './kill-pod.ts';
import { podEvent, type WorkerParts } from './parts.ts';
import {
  gatesChanged,
  isSameInput,
  isTerminalPhase,
  type NodePod,
  nameOf,
  namespaceOf,
  uidOf,
} from './pod.ts';
import { resizeSummary } from './resize.ts';
import { isRunning } from './runtime-state.ts';
import { PodSync } from './sync-pod.ts';

export interface Verdict {
  /** DeadlineExceeded, OutOfcpu, … */
  readonly reason: string;
  readonly message: string;
}

interface WorkerHooks {
  /** Nothing of the pod runs any more: what it took of the node is free. */
  readonly onEnded: () => void;
  readonly onRemoved: () => void;
}

type Stage = 'running' | 'ending' | 'ended' | 'removed';

const RETRY = { baseMs: 200, maxMs: 10_000 };
const DEADLINE: Verdict = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

export class PodWorker {
  readonly #parts: WorkerParts;
  readonly #sync: PodSync;
  readonly #backoff: Backoff;
  readonly #onEnded: () => void;
  readonly #onRemoved: () => void;
  readonly #startTime: string;
  #pod: NodePod;
  #stage: Stage = 'running';
  #verdict: Verdict | undefined;
  #rejected = false;
  #pending: PendingResize | undefined;
  /** The API has forgotten the pod. */
  #gone = false;
  #deleted = false;
  #dirty = false;
  #loop: Promise<void> | undefined;
  #timer: Timer | undefined;
  /** On the monotonic clock. */
  #timerDueMs = 0;
  #publishTimer: Timer | undefined;
  #stopped = false;
  /** Ends the waiting of what ends with a longer grace period. */
  readonly #hurrying = new AbortController();
  /** Aborts what is being started. */
  #starting = new AbortController();

  constructor(parts: WorkerParts, pod: NodePod, { onEnded, onRemoved }: WorkerHooks) {
    this.#parts = { ...parts, log: parts.log.with({ pod: `${namespaceOf(pod)}/${nameOf(pod)}` }) };
    this.#pod = pod;
    this.#onEnded = onEnded;
    this.#onRemoved = onRemoved;
    this.#startTime = pod.status?.startTime ?? rfc3339(parts.clock.now());
    this.#backoff = new Backoff(RETRY, parts.random);
    this.#sync = new PodSync(this.#parts, {
      publish: () => this.#publish(),
      publishWithin: delayMs => this.#publishWithin(delayMs),
      wakeAfter: delayMs => this.#wakeAfter(delayMs),
    });
    if (isTerminalPhase(pod.status?.phase) || pod.metadata.deletionTimestamp) this.#stage = 'ending';
  }

  get pod(): NodePod {
    return this.#pod;
  }

  /** Whether the pod still holds, or will take, resources of the node. */
  get isActive(): boolean {
    return this.#stage === 'running' || this.#stage === 'ending';
  }

  /** Refuses the pod before anything of it has run. */
  reject(verdict: Verdict): void {
    this.#rejected = true;
    podEvent(this.#parts, this.#pod)('Warning', verdict.reason, verdict.message);
    this.#end({ ...verdict, message: `Pod was rejected: ${verdict.message}` });
  }

  /** `pod`: with the resources it is allocated. `pending`: those it asks for and does not get. */
  update(pod: NodePod, pending?: PendingResize): void {
    const old = this.#pod;
    this.#pod = pod;
    const told = this.#tellPending(pending);
    if (isSameInput(old, pod) && !gatesChanged(old, pod) && !told) return;
    if (pod.metadata.deletionTimestamp) {
      const grace = (p: NodePod) => p.metadata.deletionGracePeriodSeconds ?? Number.POSITIVE_INFINITY;
      if (this.#stage === 'ending' && grace(pod) < grace(old)) void this.#hurry();
      this.#end();
    }
    // Labels, annotations and resources are in downward API volumes.
    this.#sync.refreshVolumes();
    this.wake();
  }

  /** Whether the verdict on a resize is news. */
  #tellPending(pending: PendingResize | undefined): boolean {
    const old = this.#pending;
    this.#pending = pending;
    const generation = (resize: PendingResize | undefined) => resize?.desired.metadata.generation;
    const same =
      old?.reason === pending?.reason &&
      old?.message === pending?.message &&
      generation(old) === generation(pending);
    if (same) return false;
    if (pending) {
      const { reason, message, desired } = pending;
      const text = `Pod resize ${reason}: ${resizeSummary(desired, message)}`;
      podEvent(this.#parts, this.#pod)('Warning', `Resize${reason}`, text);
    }
    return true;
  }

  /** The pod is no longer in the API (deleted by force, or by us). */
  remove(pod: NodePod): void {
    this.#pod = pod;
    this.#gone = true;
    this.#end();
    this.wake();
  }

  /** Something about the pod may have changed. */
  wake(): void {
    this.#dirty = true;
    if (this.#stopped || this.#stage === 'removed') return;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      if (this.#dirty && this.#stage !== 'removed') this.wake();
    });
  }

  /** Config maps, secrets or tokens of its volumes may have changed. */
  sourcesChanged(): void {
    this.#sync.refreshVolumes();
    this.wake();
  }

  /** Leaves the pod as it is: the kubelet stops, the containers run on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#publishTimer?.cancel();
    this.#starting.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#stopped && this.#stage !== 'removed') {
      this.#dirty = false;
      try {
        await this.#step();
        this.#backoff.reset();
      } catch (error) {
        if (this.#stopped) return;
        this.#parts.log.warn('pod not synced', { error: String(error) });
        this.#wakeAfter(this.#backoff.next());
      }
    }
  }

  async #step(): Promise<void> {
    if (this.#stage === 'running') await this.#stepRunning();
    if (this.#stopped) return;
    if (this.#stage === 'ending') await this.#stepEnding();
    if (this.#stage === 'ended' && (this.#gone || this.#pod.metadata.deletionTimestamp))
      await this.#stepRemove();
  }

  async #stepRunning(): Promise<void> {
    const leftMs = this.#deadlineLeftMs();
    if (leftMs !== undefined && leftMs <= 0) {
      podEvent(this.#parts, this.#pod)('Normal', DEADLINE.reason, DEADLINE.message);
      this.#end(DEADLINE);
      return;
    }
    if (leftMs !== undefined) this.#wakeAfter(leftMs);
    const outcome = await this.#sync.step(this.#pod, this.#starting.signal);
    if (outcome === 'done' && this.#stage === 'running') this.#end();
  }

  async #stepEnding(): Promise<void> {
    const uid = uidOf(this.#pod);
    const { cache, probes } = this.#parts;
    if (!this.#rejected) {
      for (const { status } of cache.state(uid).containers) probes.onlyReadiness(status.id);
      if (cache.state(uid).containers.some(isRunning)) {
        this.#publish();
        if (this.#pod.metadata.deletionTimestamp) await this.#parts.beforeStop(this.#pod);
      }
      const graceSeconds = this.#graceSeconds();
      await killPodContainers(this.#parts, { pod: this.#pod, graceSeconds, hurry: this.#hurrying.signal });
      this.#publish();
      await stopSandboxes(this.#parts, uid);
    }
    for (const { status } of cache.state(uid).containers) probes.forget(status.id);
    await this.#parts.volumes.remove(uid);
    await this.#parts.cgroups.remove(this.#pod).catch((error: unknown) => {
      this.#parts.log.warn('cgroup not removed', { error: String(error) });
    });
    this.#stage = 'ended';
    this.#onEnded();
    this.#publish();
  }

  async #stepRemove(): Promise<void> {
    const pod = this.#pod;
    const { pods, status, images, cache } = this.#parts;
    await status.flush(uidOf(pod));
    if (!this.#gone && !this.#deleted) {
      const target = { namespace: namespaceOf(pod), name: nameOf(pod) };
      try {
        await pods.delete(target, { gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } });
      } catch (error) {
        if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
      }
      this.#deleted = true;
    }
    await removeFromRuntime(this.#parts, uidOf(pod), logDirectory(this.#parts.dirs, pod));
    // Finalizers may keep the pod in the API: the worker waits for its end.
    if (!this.#gone) return;
    this.#stage = 'removed';
    this.#timer?.cancel();
    this.#publishTimer?.cancel();
    status.forget(uidOf(pod));
    images.forget(uidOf(pod));
    cache.forgetPod(uidOf(pod));
    this.#onRemoved();
  }

  #end(verdict?: Verdict): void {
    if (this.#stage === 'running') {
      this.#stage = 'ending';
      this.#verdict = verdict;
      this.#starting.abort();
    }
    this.wake();
  }

  /** The grace period was shortened while containers are stopping. */
  async #hurry(): Promise<void> {
    this.#hurrying.abort();
    const grace = this.#graceSeconds();
    const running = this.#parts.cache.state(uidOf(this.#pod)).containers.filter(isRunning);
    await Promise.all(
      running.map(record =>
        this.#parts.runtime.stopContainer(record.status.id, grace).catch((error: unknown) => {
          this.#parts.log.warn('container not hurried', { error: String(error) });
        }),
      ),
    );
  }

  /** A pod that was deleted by force still gets a second. */
  #graceSeconds(): number {
    const { deletionGracePeriodSeconds } = this.#pod.metadata;
    return Math.max(1, deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30);
  }

  #deadlineLeftMs(): number | undefined {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined) return undefined;
    return Date.parse(this.#startTime) + seconds * 1000 - this.#parts.clock.now();
  }

  #wakeAfter(delayMs: number): void {
    // One timer: the earliest wish wins, and every step states its wishes anew.
    const dueMs = this.#parts.clock.monotonic() + delayMs;
    if (this.#timer && this.#timerDueMs <= dueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = this.#parts.clock.schedule(delayMs, () => {
      this.#timer = undefined;
      this.wake();
    });
  }

  #publishWithin(delayMs: number): void {
    this.#publishTimer ??= this.#parts.clock.schedule(delayMs, () => this.#publish());
  }

  #publish(): void {
    this.#publishTimer?.cancel();
    this.#publishTimer = undefined;
    if (this.#gone) return;
    const pod = this.#pod;
    const terminated = this.#stage === 'ended' || this.#stage === 'removed';
    if (this.#rejected) {
      if (terminated) this.#parts.status.publish(pod, this.#rejection());
      return;
    }
    const facts: StatusFacts = {
      waiting: this.#sync.waiting,
      isReady: id => this.#parts.probes.isReady(id),
      isStarted: id => this.#parts.probes.isStarted(id),
      nodeIPs: this.#parts.node.ips,
      startTime: this.#startTime,
      ...(this.#verdict ? { verdict: this.#verdict } : {}),
      terminated,
      resizing: this.#sync.resizer.isResizing,
      ...(this.#pending ? { resizePending: this.#pending } : {}),
      resources: id => this.#sync.resizer.inForce(id),
    };
    this.#parts.status.publish(
      pod,
      podStatus(pod, this.#sync.visible(this.#parts.cache.state(uidOf(pod))), facts),
    );
  }

  /** A pod that was refused has no conditions of the kubelet's. */
  #rejection() {
    const { qosClass } = this.#pod.status ?? {};
    const { generation } = this.#pod.metadata;
    return {
      ...(generation ? { observedGeneration: generation } : {}),
      phase: 'Failed',
      conditions: [],
      ...this.#verdict,
      startTime: this.#startTime,
      ...(qosClass ? { qosClass } : {}),
    };
  }
}
