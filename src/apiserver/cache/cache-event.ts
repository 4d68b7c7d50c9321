/** One event of the cache, with the line that all watchers share. */
import type { Revision } from '../../store/contract.ts';
import type { CachedObject, CacheEvent } from './contract.ts';

const CLOSE = Buffer.from('}\n');

export class CachedEvent implements CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly current: CachedObject;
  readonly previous: CachedObject | undefined;
  #line: Buffer | undefined;

  constructor(
    type: 'ADDED' | 'MODIFIED' | 'DELETED',
    current: CachedObject,
    previous: CachedObject | undefined,
  ) {
    this.type = type;
    this.current = current;
    this.previous = previous;
  }

  get revision(): Revision {
    return this.current.revision;
  }

  get line(): Buffer {
    this.#line ??= eventLine(this.type, this.current);
    return this.#line;
  }
}

/**
 * A watch line. Public for the transitions a selector makes of an event: an object that stops
 * matching is DELETED for that watcher, one that starts matching is ADDED.
 */
export function eventLine(type: CacheEvent['type'], object: CachedObject): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object.bytes, CLOSE]);
}

const joined = new WeakMap<readonly CacheEvent[], Buffer>();

/**
 * The lines of a batch in one piece, made once for all the watchers that are given the same
 * batch (those of one prefix): 200 watchers cost one copy, and one write each.
 */
export function batchLines(events: readonly CacheEvent[]): Buffer {
  const first = events[0];
  if (first && events.length === 1) return first.line;
  let bytes = joined.get(events);
  if (!bytes) {
    bytes = Buffer.concat(events.map(event => event.line));
    joined.set(events, bytes);
  }
  return bytes;
}
