/**
 * Everything that is written, in order, from one watch that is opened again whenever it ends: the
 * revision after the last one seen is where it goes on, so nothing is lost or comes twice.
 *
 * Progress notifications: etcd tells every ten minutes how far a watch without events has come.
 * Asking for one in between (RequestProgress) is refused: before etcd 3.4.25 and 3.5.8 the answer may overtake events.
 */
import { type Clock, sleep } from '../../base/clock.ts';
import type { EtcdClient } from './client.ts';
import type { KeyRange, RawEvent } from './messages.ts';
import { followWatch } from './watch-stream.ts';

const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 1000;

export interface FeedOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly range: KeyRange;
  /** etcd's revision from which on (this one too) writes are given. */
  readonly from: number;
  /** Every event up to `upTo` has been given with this. The next call waits for this one; what it rejects with is tried again. */
  readonly onEvents: (events: readonly RawEvent[], upTo: number) => void | Promise<void>;
  /** Everything up to and with `at` has been forgotten before it was seen; it goes on after that. */
  readonly onCompacted: (at: number) => void;
  /** Where it stands: undefined while all is well, else why nothing comes. */
  readonly onState: (problem: unknown) => void;
}

/** Runs until `signal` is aborted. Never rejects. */
export async function runFeed(options: FeedOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, timeoutMs, range } = options;
  let next = options.from;
  let failures = 0;
  while (!signal.aborted) {
    const end = await followWatch({
      client,
      clock,
      timeoutMs,
      signal,
      watch: { ...range, startRevision: next, prevKv: true, progressNotify: true, fragment: true },
      async onResponse({ created, events: given, header }) {
        if (created) {
          failures = 0;
          options.onState(undefined);
          return;
        }
        // Before 3.4.25, a watch that etcd has to bring up to date may be given an event twice.
        const events = given.filter(event => event.kv.modRevision >= next);
        const upTo = Math.max(next - 1, events.at(-1)?.kv.modRevision ?? header.revision);
        await options.onEvents(events, upTo);
        next = upTo + 1;
      },
    });
    if (end.compacted !== undefined) {
      next = end.compacted + 1;
      options.onCompacted(end.compacted);
    } else if (end.error !== undefined) {
      options.onState(end.error);
      await sleep(clock, Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** failures++), signal);
    }
  }
}
