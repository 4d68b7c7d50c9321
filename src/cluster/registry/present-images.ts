/**
 * Makes sure the runtime has every loaded image before the first pod asks, so that a pod with
 * IfNotPresent finds it there. What the runtime has already costs one call for all.
 */
import type { Logger } from '../../base/log.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { ContentStore } from './content-store.ts';
import { formatReference } from './reference.ts';

/** Has the runtime pull what the registry has and the runtime has not. What fails is logged. */
export async function presentImages(
  registryDir: string,
  runtime: ContainerRuntime,
  log: Logger,
): Promise<void> {
  const wanted = (await new ContentStore(registryDir).references()).map(formatReference);
  const there = new Set(
    (await runtime.listImages()).flatMap(image => [...image.repoTags, ...image.repoDigests]),
  );
  for (const reference of wanted.filter(name => !there.has(name))) {
    try {
      await runtime.pullImage(reference);
    } catch (error) {
      // One image that cannot be unpacked must not keep the others' pods from starting.
      log.error('cannot hand an image to containerd', { image: reference, error: String(error) });
    }
  }
}
