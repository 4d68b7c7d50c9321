/**
 * Probes of running containers. Each probe has one timer, set to when it is next due; nothing
 * ticks. Liveness and readiness wait for the startup probe. A probe that has given a container
 * up (liveness, startup) rests until the container is made again.
 *
 * The first probe comes half a second after the start, not at once: hardly a server answers
 * sooner, and a failure would delay readiness by a whole period. (Upstream's first one comes when
 * it next looks at the container, up to a second after the start.)
 *
 * What a result means (thresholds) is decided in `judge`, which is pure.
 */
import { type Clock, sleep, type Timer } from '../../base/clock.ts';
import type { Container, Probe } from '../../generated/core-v1.ts';
import { type NodePod, uidOf } from '../pods/pod.ts';
import type { ProbeOutcome, ProbeRunner } from './run-probe.ts';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export interface ProbeManagerOptions {
  readonly clock: Clock;
  readonly run: ProbeRunner;
  /** Readiness, start or life of one of the pod's containers has changed. */
  readonly onChange: (uid: string) => void;
  readonly onUnhealthy: (pod: NodePod, container: string, kind: ProbeKind, outcome: ProbeOutcome) => void;
}

export interface Watched {
  readonly pod: NodePod;
  readonly container: Container;
  readonly containerId: string;
  readonly startedAtMs: number;
  readonly podIP: string;
  /** Of a container that is adopted: what the API says, until a probe says otherwise. */
  readonly wasReady: boolean;
  readonly wasStarted: boolean;
}

interface Verdict {
  /** The result in force; undefined until a threshold has been reached. */
  readonly passing: boolean | undefined;
  readonly lastResult: 'success' | 'failure' | undefined;
  readonly inARow: number;
}

/** What one more outcome makes of the verdict so far. */
export function judge(verdict: Verdict, outcome: ProbeOutcome, probe: Probe): Verdict {
  if (outcome.result === 'unknown') return verdict;
  const result = outcome.result === 'warning' ? 'success' : outcome.result;
  const inARow = verdict.lastResult === result ? verdict.inARow + 1 : 1;
  const threshold = result === 'success' ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  const passing = inARow >= threshold ? result === 'success' : verdict.passing;
  return { passing, lastResult: result, inARow };
}

export interface ProbeCount {
  readonly watched: Watched;
  readonly kind: ProbeKind;
  readonly result: 'success' | 'failure' | 'unknown';
  readonly count: number;
}

const FIRST_PROBE_MS = 500;

/** A server that exits breaks its connections off before the runtime tells of its end. */
const EXIT_MS = 1000;

const FRESH: Verdict = { passing: undefined, lastResult: undefined, inARow: 0 };

interface Running {
  readonly watched: Watched;
  readonly timers: Map<ProbeKind, Timer>;
  readonly verdicts: Map<ProbeKind, Verdict>;
  readonly counts: Map<string, ProbeCount>;
  ready: boolean;
  started: boolean;
  ending: boolean;
  stopped: boolean;
}

export class ProbeManager {
  readonly #options: ProbeManagerOptions;
  readonly #running = new Map<string, Running>();
  readonly #failed = new Map<string, 'liveness' | 'startup'>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Containers given up, by id. */
  get failed(): ReadonlyMap<string, 'liveness' | 'startup'> {
    return this.#failed;
  }

  /** How often the probes of the containers that run now came to which result. */
  counts(): ProbeCount[] {
    return [...this.#running.values()].flatMap(({ counts }) => [...counts.values()]);
  }

  isReady(containerId: string): boolean {
    return this.#running.get(containerId)?.ready ?? false;
  }

  isStarted(containerId: string): boolean {
    return this.#running.get(containerId)?.started ?? false;
  }

  knows(containerId: string): boolean {
    return this.#running.has(containerId);
  }

  watch(watched: Watched): void {
    if (this.#running.has(watched.containerId)) return;
    const { container } = watched;
    const running: Running = {
      watched,
      timers: new Map(),
      verdicts: new Map(),
      counts: new Map(),
      ready: !container.readinessProbe || watched.wasReady,
      started: !container.startupProbe || watched.wasStarted,
      ending: false,
      stopped: false,
    };
    this.#running.set(watched.containerId, running);
    if (!running.started) this.#schedule(running, 'startup');
    else this.#scheduleAfterStart(running);
  }

  /** The container has ended: nothing is known of it any more. */
  forget(containerId: string): void {
    const running = this.#running.get(containerId);
    if (running) {
      running.stopped = true;
      for (const timer of running.timers.values()) timer.cancel();
    }
    this.#running.delete(containerId);
    this.#failed.delete(containerId);
  }

  /** The container is being stopped: a probe that fails as it exits says nothing about it. */
  ending(containerId: string): void {
    const running = this.#running.get(containerId);
    if (running) running.ending = true;
  }

  /** The pod is ending: readiness still counts, life and start no longer do. */
  onlyReadiness(containerId: string): void {
    const running = this.#running.get(containerId);
    for (const kind of ['startup', 'liveness'] as const) {
      running?.timers.get(kind)?.cancel();
      running?.timers.delete(kind);
    }
  }

  forgetAll(): void {
    for (const id of this.#running.keys()) this.forget(id);
  }

  #scheduleAfterStart(running: Running): void {
    if (running.watched.container.readinessProbe) this.#schedule(running, 'readiness');
    if (running.watched.container.livenessProbe) this.#schedule(running, 'liveness');
  }

  #schedule(running: Running, kind: ProbeKind, afterMs?: number): void {
    const { clock } = this.#options;
    const probe = probeOf(running, kind);
    if (!probe || running.stopped) return;
    const initialMs = Math.max(FIRST_PROBE_MS, (probe.initialDelaySeconds ?? 0) * 1000);
    const dueMs = running.watched.startedAtMs + initialMs;
    const delayMs = afterMs ?? Math.max(0, dueMs - clock.now());
    running.timers.set(
      kind,
      clock.schedule(delayMs, () => void this.#run(running, kind, probe)),
    );
  }

  async #run(running: Running, kind: ProbeKind, probe: Probe): Promise<void> {
    const { clock, run, onUnhealthy } = this.#options;
    const { pod, container, containerId, podIP } = running.watched;
    const startedMs = clock.monotonic();
    const outcome = await run({ probe, container, containerId, podIP });
    if (running.ending && outcome.result !== 'success') await sleep(clock, EXIT_MS);
    if (running.stopped || !running.timers.has(kind)) return;
    count(running, kind, outcome);
    if (outcome.result !== 'success') onUnhealthy(pod, container.name, kind, outcome);
    const before = running.verdicts.get(kind) ?? FRESH;
    const verdict = judge(before, outcome, probe);
    running.verdicts.set(kind, verdict);
    if (this.#conclude(running, kind, verdict)) return;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    this.#schedule(running, kind, Math.max(0, periodMs - (clock.monotonic() - startedMs)));
  }

  /** Applies the verdict; true when this probe has nothing more to do. */
  #conclude(running: Running, kind: ProbeKind, { passing }: Verdict): boolean {
    if (passing === undefined) return false;
    const { pod, containerId } = running.watched;
    const changed = () => this.#options.onChange(uidOf(pod));
    switch (kind) {
      case 'readiness':
        if (running.ready !== passing) {
          running.ready = passing;
          changed();
        }
        return false;
      case 'startup':
        if (passing) {
          running.started = true;
          this.#scheduleAfterStart(running);
        } else this.#failed.set(containerId, 'startup');
        changed();
        return true;
      case 'liveness':
        if (passing) return false;
        this.#failed.set(containerId, 'liveness');
        changed();
        return true;
    }
  }
}

function probeOf({ watched }: Running, kind: ProbeKind): Probe | undefined {
  const { startupProbe, readinessProbe, livenessProbe } = watched.container;
  return kind === 'startup' ? startupProbe : kind === 'readiness' ? readinessProbe : livenessProbe;
}

function count({ counts, watched }: Running, kind: ProbeKind, outcome: ProbeOutcome): void {
  const result = outcome.result === 'warning' ? 'success' : outcome.result;
  const key = `${kind} ${result}`;
  counts.set(key, { watched, kind, result, count: (counts.get(key)?.count ?? 0) + 1 });
}
