/**
 * The cache's events as those see them who select the same. A selector makes its own history: an object
 * that begins to match is ADDED, one that ceases to is DELETED.
 *
 * Watchers of one prefix are given the same batch (cache/fan-out.ts); of those, watchers with the same
 * selector are given the same selected batch, so that each event is looked at once for all of them, and
 * the bytes they are sent are made once (cache-event.ts, protobuf.ts).
 */
import { CachedEvent } from '../cache/cache-event.ts';
import type { CachedObject, CacheEvent } from '../cache/contract.ts';
import type { Resource } from '../registry/resource.ts';
import type { Selection } from './selection.ts';

export class WatchView {
  private readonly key: string;

  /** `name`: of the only object to be seen; '' for all. */
  constructor(
    private readonly resource: Resource,
    private readonly name: string,
    private readonly selection: Selection,
  ) {
    this.key = JSON.stringify([name, selection.text]);
  }

  wants(object: CachedObject): boolean {
    if (this.everything) return true;
    const presented = this.resource.present(object);
    return (!this.name || presented.metadata.name === this.name) && this.selection.matches(presented);
  }

  /** `events` itself where nothing is left out and nothing looks different. */
  select(events: readonly CacheEvent[]): readonly CacheEvent[] {
    if (this.everything) return events;
    const known = selectedOf(events, this.resource);
    let selected = known.get(this.key);
    if (!selected) {
      selected = events.flatMap(event => this.seen(event) ?? []);
      if (selected.length === events.length && selected.every((event, i) => event === events[i]))
        selected = events;
      known.set(this.key, selected);
    }
    return selected;
  }

  private get everything(): boolean {
    return this.selection.everything && !this.name;
  }

  private seen(event: CacheEvent): CacheEvent | undefined {
    const { current, previous } = event;
    const is = event.type !== 'DELETED' && this.wants(current);
    const was = previous !== undefined && this.wants(previous);
    const type = is ? (was ? 'MODIFIED' : 'ADDED') : was ? 'DELETED' : undefined;
    if (!type) return undefined;
    return type === event.type ? event : new CachedEvent(type, current, previous);
  }
}

/** By view, as long as the batch is under way. */
type Selected = Map<string, readonly CacheEvent[]>;

const selectedOfBatch = new WeakMap<readonly CacheEvent[], Map<Resource, Selected>>();

function selectedOf(events: readonly CacheEvent[], resource: Resource): Selected {
  let ofBatch = selectedOfBatch.get(events);
  if (!ofBatch) {
    ofBatch = new Map();
    selectedOfBatch.set(events, ofBatch);
  }
  let ofResource = ofBatch.get(resource);
  if (!ofResource) {
    ofResource = new Map();
    ofBatch.set(resource, ofResource);
  }
  return ofResource;
}
