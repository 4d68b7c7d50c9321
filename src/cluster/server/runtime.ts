/** The container runtime of the node: containerd, the registry it asks first, and the loaded images. */
import type { Clock } from '../../base/clock.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { startContainerd, writeRegistryHosts } from '../containerd/supervisor.ts';
import { type ClusterPaths, SANDBOX_IMAGE } from '../layout.ts';
import { namesRegistry, parseReference } from '../registry/reference.ts';
import { serveRegistry } from '../registry/server.ts';
import type { OnClose } from './closers.ts';
import type { ComponentLogs } from './logging.ts';

export interface RuntimeOptions {
  readonly paths: ClusterPaths;
  readonly clock: Clock;
  readonly logs: ComponentLogs;
  /** Aborted: containerd is left as it is, and not started again. */
  readonly signal: AbortSignal;
  readonly onClose: OnClose;
}

/** Resolves when containerd has every loaded image. */
export async function openRuntime({
  paths,
  clock,
  logs,
  signal,
  onClose,
}: RuntimeOptions): Promise<ContainerRuntime> {
  const log = logs.of('containerd-supervisor');
  const registry = await serveRegistry({ dir: paths.registry, port: 0 });
  onClose('registry', async () => registry[Symbol.asyncDispose]());
  await writeRegistryHosts(paths, registry.address);
  const containerd = await startContainerd({ paths, sandboxImage: SANDBOX_IMAGE, clock, log });
  containerd.run(signal).catch((error: unknown) => {
    log.error('containerd is not looked after any more', { error: String(error) });
  });
  // Loaded while containerd starts: gRPC is one of the larger libraries.
  const { createRuntimeClient } = await import('../../kubelet/cri/client.ts');
  const { presentImages } = await import('../registry/present-images.ts');
  const runtime = createRuntimeClient({ socketPath: paths.containerdSocket, clock });
  onClose('CRI client', () => runtime.close());
  await presentImages(paths.registry, runtime, log);
  return tellingRegistries(runtime);
}

/**
 * containerd's message about a failed pull names the last registry it asked. Of a short name one
 * cannot see which those are, so they are told.
 */
function tellingRegistries(runtime: ContainerRuntime): ContainerRuntime {
  return {
    ...runtime,
    async pullImage(image, options) {
      try {
        return await runtime.pullImage(image, options);
      } catch (error) {
        if (!(error instanceof Error) || namesRegistry(image)) throw error;
        const { host } = parseReference(image);
        error.message += ` (asked: the images loaded into this node, then ${host})`;
        throw error;
      }
    },
  };
}
