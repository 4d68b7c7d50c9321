/**
 * Pods that wait for a node. Three places, as upstream: active (tried in order of priority, then
 * age), backing off (1 s, doubling to 10 s, after each failed try), unschedulable (until something
 * changes that one of the plugins which refused them wakes on, or five minutes pass).
 *
 * There is one timer at most, at the next deadline; an idle queue costs nothing.
 */
import type { Clock, Timer } from '../base/clock.ts';
import type { ClusterChange, SchedulerPlugin } from './plugin.ts';
import type { PodInfo } from './pod-info.ts';

export const INITIAL_BACKOFF_MS = 1_000;
export const MAX_BACKOFF_MS = 10_000;
/** Upstream's podMaxInUnschedulablePodsDuration. */
export const UNSCHEDULABLE_RETRY_MS = 5 * 60_000;

interface Waiting {
  pod: PodInfo;
  readonly addedAtMs: number;
  attempts: number;
  /** Not to be tried before; 0 while it has not failed. */
  notBeforeMs: number;
  /** Set while it is unschedulable. */
  refusedBy: ReadonlySet<SchedulerPlugin> | undefined;
  retryAtMs: number;
  place: 'active' | 'backoff' | 'unschedulable' | 'tried';
  /** What happened while it was being tried: it must not miss it. */
  missed: Set<ClusterChange>;
}

export class SchedulingQueue {
  readonly #pods = new Map<string, Waiting>();
  readonly #active: Waiting[] = [];
  readonly #clock: Clock;
  readonly #onReady: () => void;
  #timer: Timer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;

  /** `onReady` is called when a pod becomes active. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  get size(): number {
    return this.#pods.size;
  }

  /** Whether `pop` has a pod to give. */
  get hasActive(): boolean {
    return this.#active.length > 0;
  }

  /** Adds a pod, or takes note of its new state; a change of what matters makes it active again. */
  set(pod: PodInfo, changed: boolean): void {
    const known = this.#pods.get(pod.key);
    if (known && known.pod.uid === pod.uid) {
      known.pod = pod;
      if (changed) this.#wake(known, 'PodChanged');
      return;
    }
    if (known) this.delete(pod.key);
    const waiting: Waiting = {
      pod,
      addedAtMs: this.#clock.now(),
      attempts: 0,
      notBeforeMs: 0,
      refusedBy: undefined,
      retryAtMs: 0,
      place: 'tried',
      missed: new Set(),
    };
    this.#pods.set(pod.key, waiting);
    this.#activate(waiting);
  }

  /** With `uid`, only if it is still that pod and not a later one of the same name. */
  delete(key: string, uid?: string): void {
    const known = this.#pods.get(key);
    if (!known || (uid !== undefined && known.pod.uid !== uid)) return;
    this.#pods.delete(key);
    const i = this.#active.indexOf(known);
    if (i >= 0) this.#active.splice(i, 1);
  }

  /** The next pod to try; it stays known to the queue until `delete` or `failed`. */
  pop(): PodInfo | undefined {
    const next = this.#active.shift();
    if (!next) return undefined;
    next.place = 'tried';
    next.attempts++;
    next.missed.clear();
    return next.pod;
  }

  /** The try of `pop` found no node, or (with no plugins) went wrong and is to be repeated. */
  failed(pod: PodInfo, refusedBy: ReadonlySet<SchedulerPlugin> | undefined): void {
    const known = this.#pods.get(pod.key);
    if (!known || known.place !== 'tried') return;
    const now = this.#clock.now();
    known.notBeforeMs = now + Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** (known.attempts - 1));
    known.refusedBy = refusedBy;
    known.retryAtMs = now + UNSCHEDULABLE_RETRY_MS;
    const missed = [...known.missed].some(change => wakes(refusedBy, change));
    known.place = refusedBy && !missed ? 'unschedulable' : 'backoff';
    this.#arm(known.place === 'backoff' ? known.notBeforeMs : known.retryAtMs);
  }

  /** Something changed in the cluster. */
  changed(change: ClusterChange): void {
    for (const waiting of this.#pods.values()) this.#wake(waiting, change);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timerAtMs = Number.POSITIVE_INFINITY;
  }

  #wake(waiting: Waiting, change: ClusterChange): void {
    if (waiting.place === 'tried') waiting.missed.add(change);
    if (waiting.place !== 'unschedulable' || !wakes(waiting.refusedBy, change)) return;
    this.#release(waiting);
  }

  #release(waiting: Waiting): void {
    if (waiting.notBeforeMs <= this.#clock.now()) return this.#activate(waiting);
    waiting.place = 'backoff';
    this.#arm(waiting.notBeforeMs);
  }

  #activate(waiting: Waiting): void {
    waiting.place = 'active';
    let low = 0;
    let high = this.#active.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#active[middle];
      if (other && before(waiting, other)) high = middle;
      else low = middle + 1;
    }
    this.#active.splice(low, 0, waiting);
    this.#onReady();
  }

  #arm(atMs: number): void {
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.schedule(Math.max(0, atMs - this.#clock.now()), () => this.#due());
  }

  #due(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const waiting of this.#pods.values()) {
      const at =
        waiting.place === 'backoff'
          ? waiting.notBeforeMs
          : waiting.place === 'unschedulable'
            ? waiting.retryAtMs
            : undefined;
      if (at === undefined) continue;
      if (at <= now) this.#activate(waiting);
      else next = Math.min(next, at);
    }
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}

function wakes(refusedBy: ReadonlySet<SchedulerPlugin> | undefined, change: ClusterChange): boolean {
  if (!refusedBy) return true;
  for (const plugin of refusedBy) if (plugin.wakesOn.includes(change)) return true;
  // No plugin refused: there were no nodes at all.
  return refusedBy.size === 0 && change === 'NodeAdded';
}

function before(a: Waiting, b: Waiting): boolean {
  return a.pod.priority !== b.pod.priority ? a.pod.priority > b.pod.priority : a.addedAtMs < b.addedAtMs;
}
