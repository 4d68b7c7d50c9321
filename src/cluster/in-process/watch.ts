/**
 * A cache watch as an async iterable. The cache calls synchronously and never waits; events that
 * the reader has not taken yet wait here, as references. A reader that stops taking them holds
 * them for ever, so beyond MAX_WAITING the watch ends, and an informer lists again.
 */
import type { KubeObject } from '../../api/object.ts';
import type { CachedObject, CacheWatch } from '../../apiserver/cache/contract.ts';
import type { ServerCore, Target } from '../../apiserver/core.ts';
import { selection } from '../../apiserver/operations/selection.ts';
import { type WatchEventType, watchObjects } from '../../apiserver/operations/watch.ts';
import type { WatchEvent, WatchOptions } from '../../client/contract.ts';

const MAX_WAITING = 100_000;

/** @throws StatusError Expired when the revision asked for is no longer known */
export async function* watchInProcess(
  core: ServerCore,
  target: Target,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<KubeObject>> {
  const { resource } = target;
  const { signal } = options;
  let waiting: WatchEvent<KubeObject>[] = [];
  let ended = false;
  let wake: () => void = () => {};
  const end = () => {
    ended = true;
    wake();
  };
  const watcher = {
    onEvent(type: WatchEventType, object: CachedObject) {
      waiting.push({ type, object: resource.present(object) });
      if (waiting.length > MAX_WAITING) end();
      wake();
    },
    onInitialEventsEnd: () => {},
    onEnd: end,
  };
  if (signal.aborted) return;
  const watch: CacheWatch = await watchObjects(
    core,
    target,
    {
      selection: selection(resource.definition, options.labelSelector, options.fieldSelector),
      resourceVersion: Number(options.resourceVersion || 0),
    },
    watcher,
  );
  signal.addEventListener('abort', end, { once: true });
  try {
    while (true) {
      const batch = waiting;
      waiting = [];
      for (const event of batch) {
        if (signal.aborted) return;
        yield event;
      }
      if (waiting.length > 0) continue;
      if (ended || signal.aborted) return;
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener('abort', end);
    watch.stop();
  }
}
