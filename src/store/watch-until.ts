/** A watch as a promise: for those who follow the store until it ends, and begin again after a compaction. */
import type { Store, WatchOptions } from './contract.ts';

/**
 * Watches until `signal` is aborted or the watch ends by itself. When it resolves, `onEvents` is
 * not called any more.
 *
 * @returns why the watch ended; undefined: `signal` was aborted
 * @throws what `Store.watch` throws
 */
export async function watchUntil(
  store: Store,
  options: Omit<WatchOptions, 'onEnd'>,
  signal: AbortSignal,
): Promise<Error | undefined> {
  let resolve: (cause?: Error) => void = () => {};
  const ended = new Promise<Error | undefined>(settle => {
    resolve = settle;
  });
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const watch = await store.watch({ ...options, onEnd: resolve });
    if (signal.aborted) resolve();
    const cause = await ended;
    watch.stop();
    return cause;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
