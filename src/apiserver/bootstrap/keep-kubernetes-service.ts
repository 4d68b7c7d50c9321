/**
 * Service `kubernetes`, its Endpoints and its EndpointSlice come back when somebody deletes them:
 * without them no pod finds the API.
 *
 * Refused alternative: to look every ten seconds, as upstream does. The watch cache tells of the
 * deletion, and an idle cluster does nothing.
 */
import { sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ServerCore } from '../core.ts';
import { kubernetesServiceTemplate } from './bootstrap.ts';
import { KUBERNETES_OBJECTS, kubernetesEndpoints, type ServerEndpoint } from './kubernetes-service.ts';

export interface KeepOptions {
  readonly core: ServerCore;
  readonly endpoint: ServerEndpoint;
  readonly log: Logger;
}

/** After a failure, such as an address that is not free again yet. */
const RETRY_MS = 1_000;

/** Runs until `signal` is aborted. */
export async function keepKubernetesService(options: KeepOptions, signal: AbortSignal): Promise<void> {
  const { core, endpoint, log } = options;
  let missing = false;
  let wake = () => {};
  const onDeleted = () => {
    missing = true;
    wake();
  };
  const watches = await Promise.all(
    KUBERNETES_OBJECTS.flatMap(({ group, plural, namespace, name }) => {
      const resource = core.resources.lookup(group, 'v1', plural);
      return resource ? [watchDeletion(core, resource.key(namespace, name), name, onDeleted)] : [];
    }),
  );
  signal.addEventListener('abort', () => wake(), { once: true });
  while (!signal.aborted) {
    if (!missing) {
      await new Promise<void>(resolve => {
        wake = resolve;
      });
      continue;
    }
    missing = false;
    try {
      await kubernetesEndpoints(core, endpoint, kubernetesServiceTemplate());
      log.info('the Service kubernetes was deleted, and is there again');
    } catch (error) {
      missing = true;
      log.warn('the Service kubernetes cannot be made again yet', { error: String(error) });
      await sleep(core.clock, RETRY_MS, signal).catch(() => {});
    }
  }
  for (const watch of watches) watch.stop();
}

function watchDeletion(core: ServerCore, key: string, name: string, onDeleted: () => void) {
  return core.cache.watch({
    prefix: key.slice(0, -name.length),
    from: core.cache.revision,
    onEvents(events) {
      if (events.some(({ type, current }) => type === 'DELETED' && current.key === key)) onDeleted();
    },
    // The cache closes with the server.
    onEnd() {},
  });
}
