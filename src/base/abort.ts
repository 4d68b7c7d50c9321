/** Waiting for an AbortSignal, which is how components are told to end. */

/**
 * Resolves when `signal` is aborted, at once if it is already; never rejects. It listens for as long as
 * the signal lives: ask once a run, not once a round (`sleep` in clock.ts lets go).
 */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
