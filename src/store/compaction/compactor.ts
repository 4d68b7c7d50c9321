/**
 * Compacts a store by its policy (policy.ts decides). Follows the log by a watch and sets a timer
 * for the next moment at which something becomes too old: a store nobody writes to is compacted
 * once more and then left alone, no timer and no disk write.
 *
 * What was written before the start counts as written at the start: after a restart clients can
 * resume for as long as ever, and the bytes still bound it.
 */
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { CompactedError, type Revision, type Store, StoreClosedError, type StoreEvent } from '../contract.ts';
import { watchUntil } from '../watch-until.ts';
import { type CompactionPolicy, type LogSample, planCompaction, worthSampling } from './policy.ts';

export interface CompactorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly policy: CompactionPolicy;
  readonly log: Logger;
}

/** Runs until `signal` is aborted or the store is closed. */
export async function runCompactor(options: CompactorOptions, signal: AbortSignal): Promise<void> {
  const { store } = options;
  if (signal.aborted) return;
  const compactor = new Compactor(options);
  try {
    // Somebody else may compact the store beyond what has been seen; the rest is as much ours.
    while ((await follow(store, compactor, signal)) instanceof CompactedError);
  } finally {
    await compactor.stop();
  }
}

/** @returns why the watch ended; undefined: it was not wanted any more */
async function follow(store: Store, compactor: Compactor, signal: AbortSignal): Promise<Error | undefined> {
  const onEvents = (events: readonly StoreEvent[]) => compactor.see(events);
  try {
    return await watchUntil(store, { prefix: '', from: store.compactedRevision(), onEvents }, signal);
  } catch (error) {
    if (error instanceof CompactedError) return error;
    throw error;
  }
}

class Compactor {
  readonly #options: CompactorOptions;
  #samples: readonly LogSample[] = [];
  /** The newest write that is not in a sample yet. */
  #newest: LogSample | undefined;
  #bytes = 0;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  see(events: readonly StoreEvent[]): void {
    for (const { key, value, revision } of events) {
      this.#bytes += key.length + value.length;
      this.#newest = { revision, atMs: this.#options.clock.monotonic(), bytes: this.#bytes };
      if (worthSampling(this.#samples.at(-1), this.#newest, this.#options.policy)) this.#sample();
    }
    if (!this.#timer) this.#plan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #sample(): void {
    if (this.#newest) this.#samples = [...this.#samples, this.#newest];
    this.#newest = undefined;
    this.#plan();
  }

  #plan(): void {
    if (this.#stopped || this.#running) return;
    const { clock, policy } = this.#options;
    const now = { atMs: clock.monotonic(), bytes: this.#bytes };
    const plan = planCompaction(this.#samples, now, policy);
    this.#samples = plan.kept;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (plan.compactTo !== undefined) {
      this.#running = this.#compact(plan.compactTo).finally(() => {
        this.#running = undefined;
        this.#plan();
      });
      return;
    }
    const due = plan.nextAtMs ?? (this.#newest && this.#newest.atMs + policy.keepMs);
    if (due === undefined) return;
    this.#timer = clock.schedule(Math.max(0, due - now.atMs), () => {
      this.#timer = undefined;
      // The last writes of a busy time may be fewer than a sample: they become one now.
      if (this.#samples.length === 0) this.#sample();
      else this.#plan();
    });
  }

  async #compact(to: Revision): Promise<void> {
    try {
      await this.#options.store.compact(to);
    } catch (error) {
      // Tried again with the next sample; until then there is only more history than wanted.
      if (!(error instanceof StoreClosedError)) {
        this.#options.log.warn('Cannot compact the store', { revision: to, error });
      }
    }
  }
}
