/** One watch of etcd, followed until it ends. */
import type { Clock } from '../../base/clock.ts';
import type { EtcdClient } from './client.ts';
import type { WatchCreate, WatchResponse } from './messages.ts';

export interface FollowOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly watch: WatchCreate;
  /** How long etcd may take to say that the watch is there, milliseconds. */
  readonly timeoutMs: number;
  /** Called with one at a time; the next waits. */
  readonly onResponse: (response: WatchResponse) => void | Promise<void>;
  /** Aborted: nothing more is wanted. */
  readonly signal: AbortSignal;
}

/** How it ended: compacted up to there, for an error, or (neither) by the signal. Never rejects. */
export interface WatchEnd {
  readonly compacted?: number;
  readonly error?: unknown;
}

/** Resolves when the watch is over; an error that `onResponse` throws ends it too. */
export async function followWatch(options: FollowOptions): Promise<WatchEnd> {
  const { client, clock, watch, timeoutMs, onResponse, signal } = options;
  if (signal.aborted) return {};
  const stream = client.watchStream();
  // Comes after a cancel too, when nobody iterates any more.
  stream.on('error', () => {});
  let late = false;
  const limit = clock.schedule(timeoutMs, () => {
    late = true;
    stream.cancel();
  });
  const cancel = () => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    stream.write({ createRequest: watch });
    for await (const message of stream) {
      if (signal.aborted) return {};
      const response = message as WatchResponse;
      limit.cancel();
      if (response.compactRevision > 0) return { compacted: response.compactRevision };
      if (response.canceled) return { error: new Error(response.cancelReason || 'etcd ended the watch') };
      const handled = onResponse(response);
      if (handled) await handled;
    }
    return signal.aborted ? {} : { error: new Error('etcd ended the stream') };
  } catch (error) {
    if (signal.aborted) return {};
    return { error: late ? new Error(`no answer within ${timeoutMs / 1000} s`) : error };
  } finally {
    limit.cancel();
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

/**
 * Up to which revision etcd has been compacted; 0: not at all. etcd has no call that tells; but a
 * watch of a key from the beginning is answered with either that or the first write of the key.
 * @param key one that was written at some time
 * @throws unknown what ended the watch instead
 */
export async function probeCompacted(
  options: Omit<FollowOptions, 'watch' | 'onResponse' | 'signal'>,
  key: Buffer,
): Promise<number> {
  const seen = new AbortController();
  const end = await followWatch({
    ...options,
    watch: { key, startRevision: 1 },
    onResponse: ({ events }) => {
      if (events.length > 0) seen.abort();
    },
    signal: seen.signal,
  });
  if (end.error) throw end.error;
  return end.compacted ?? 0;
}
