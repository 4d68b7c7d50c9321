/** Events from before the recent ones, from etcd's own history. */
import { type Clock, sleep } from '../../base/clock.ts';
import { CompactedError, type Revision, revision, type StoreEvent } from '../contract.ts';
import type { Connection } from './connect.ts';
import { decodeEvent } from './decode.ts';
import { followWatch } from './watch-stream.ts';

const RETRIES = 5;
const RETRY_MS = 200;

export interface HistoryOptions
  extends Pick<Connection, 'client' | 'layout' | 'numbering' | 'large' | 'timeoutMs'> {
  readonly clock: Clock;
  /** Events after this one. */
  readonly from: Revision;
  readonly prefix: string;
  readonly onEvents: (events: readonly StoreEvent[]) => void;
  /** From after which revision on there is another source. An event there or later must exist. */
  readonly recentFrom: () => Revision;
  /** Aborted: the store is closing. */
  readonly signal: AbortSignal;
}

/**
 * Gives the events up to where the other source begins, as it was when the last was given.
 * @returns the revision up to which everything has been given
 * @throws CompactedError, or what ended the watch
 */
export async function followHistory(options: HistoryOptions): Promise<Revision> {
  const { client, clock, layout, numbering, timeoutMs, prefix, signal } = options;
  const done = new AbortController();
  const stop = () => done.abort();
  signal.addEventListener('abort', stop, { once: true });
  let reached = options.from;
  try {
    for (let failures = 0; !done.signal.aborted; ) {
      const end = await followWatch({
        client,
        clock,
        timeoutMs,
        signal: done.signal,
        watch: {
          ...layout.watched,
          startRevision: numbering.theirs(reached) + 1,
          prevKv: true,
          fragment: true,
        },
        async onResponse({ events: raw }) {
          failures = 0;
          const events: StoreEvent[] = [];
          for (const event of raw) {
            const at = numbering.ours(event.kv.modRevision);
            if (at <= reached) continue;
            if (at <= options.recentFrom() && !layout.isTick(event))
              events.push(await decodeEvent(options, event));
            reached = revision(Math.min(at, Math.max(reached, options.recentFrom())));
            if (at >= options.recentFrom()) done.abort();
          }
          const matching = events.filter(event => event.key.startsWith(prefix));
          if (matching.length > 0) options.onEvents(matching);
        },
      });
      if (end.compacted !== undefined) throw new CompactedError(reached, numbering.ours(end.compacted));
      if (end.error === undefined) continue;
      if (++failures > RETRIES) throw end.error;
      await sleep(clock, RETRY_MS * failures, signal);
    }
    return reached;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
