/**
 * Hands committed events to the watches that are open: the live half of Store.watch, shared by
 * the backends. A backend calls `dispatch` with each commit, in revision order, before it
 * answers the writes.
 *
 * A callback may write to the store again, and a backend that commits at once (memory) would
 * then dispatch inside a dispatch and show later watches the newer event first. Such events wait
 * until the batch under way has reached everyone.
 */
import type { StoreEvent, StoreWatch, WatchOptions } from './contract.ts';

interface Watcher {
  readonly options: WatchOptions;
  stopped: boolean;
}

export class Watchers {
  readonly #open = new Set<Watcher>();
  readonly #waiting: (readonly StoreEvent[])[] = [];
  #dispatching = false;

  /** Registers a watch that has everything up to the last dispatch. */
  add(options: WatchOptions): StoreWatch {
    const watcher: Watcher = { options, stopped: false };
    this.#open.add(watcher);
    return {
      stop: () => {
        watcher.stopped = true;
        this.#open.delete(watcher);
      },
    };
  }

  dispatch(events: readonly StoreEvent[]): void {
    this.#waiting.push(events);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let batch = this.#waiting.shift(); batch; batch = this.#waiting.shift()) this.#deliver(batch);
    } finally {
      this.#dispatching = false;
    }
  }

  #deliver(batch: readonly StoreEvent[]): void {
    // Of those that are open now: one that a callback opens has been caught up beyond this batch.
    const open = Array.from(this.#open);
    for (const watcher of open) {
      const { prefix, onEvents, from } = watcher.options;
      const matching = batch.filter(e => e.key.startsWith(prefix) && e.revision > from);
      if (matching.length > 0 && !watcher.stopped) onEvents(matching);
    }
  }

  /** Ends every watch with `cause`. */
  end(cause: Error): void {
    const open = [...this.#open];
    this.#open.clear();
    for (const watcher of open) {
      if (watcher.stopped) continue;
      watcher.stopped = true;
      watcher.options.onEnd?.(cause);
    }
  }
}
