/**
 * Finds the watchers of an event without asking every watcher: they are kept by the directory of
 * their prefix, and an event looks up the directories its key lies in (five at most). A thousand
 * watchers of other resources or namespaces cost an event nothing.
 *
 * All watchers of one prefix are given the very same array, so what one of them derives from it
 * (the joined lines, cache-event.ts) serves all.
 */
import type { CacheEvent } from './contract.ts';
import { directoryOf } from './keys.ts';

export interface Watcher {
  readonly prefix: string;
  readonly onEvents: (events: readonly CacheEvent[]) => void;
}

/** The watchers of one prefix. */
interface Group {
  readonly prefix: string;
  /** Replaced, never changed: a delivery under way keeps the array it started with. */
  watchers: readonly Watcher[];
  batch: CacheEvent[];
}

export class FanOut {
  /** Directory to the groups whose prefix lies in it: the directory itself, or a name's beginning. */
  readonly #directories = new Map<string, Group[]>();
  readonly #stopped = new WeakSet<Watcher>();

  add(watcher: Watcher): void {
    const directory = directoryOf(watcher.prefix);
    const groups = this.#directories.get(directory) ?? [];
    this.#directories.set(directory, groups);
    const group = groups.find(g => g.prefix === watcher.prefix);
    if (group) group.watchers = [...group.watchers, watcher];
    else groups.push({ prefix: watcher.prefix, watchers: [watcher], batch: [] });
  }

  /** From now on `watcher` is not called, in a delivery under way either. */
  remove(watcher: Watcher): void {
    this.#stopped.add(watcher);
    const directory = directoryOf(watcher.prefix);
    const groups = this.#directories.get(directory);
    const group = groups?.find(g => g.prefix === watcher.prefix);
    if (!groups || !group) return;
    group.watchers = group.watchers.filter(w => w !== watcher);
    if (group.watchers.length > 0) return;
    groups.splice(groups.indexOf(group), 1);
    if (groups.length === 0) this.#directories.delete(directory);
  }

  get isEmpty(): boolean {
    return this.#directories.size === 0;
  }

  deliver(events: readonly CacheEvent[]): void {
    const touched = new Set<Group>();
    for (const event of events) {
      const { key } = event.current;
      // Every directory the key lies in: '' (all keys), '/', '/registry/', …
      for (let end = 0; ; end++) {
        for (const group of this.#directories.get(key.slice(0, end)) ?? []) {
          if (!key.startsWith(group.prefix)) continue;
          group.batch.push(event);
          touched.add(group);
        }
        end = key.indexOf('/', end);
        if (end < 0) break;
      }
    }
    // Both are taken before anyone is called: a callback may add and remove watchers.
    const deliveries = [...touched].map(group => {
      const delivery = { watchers: group.watchers, batch: group.batch as readonly CacheEvent[] };
      group.batch = [];
      return delivery;
    });
    for (const { watchers, batch } of deliveries) {
      for (const watcher of watchers) {
        if (!this.#stopped.has(watcher)) watcher.onEvents(batch);
      }
    }
  }
}
