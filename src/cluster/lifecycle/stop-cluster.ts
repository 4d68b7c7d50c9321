/**
 * Stops what runs of a cluster, in this order: the server (so that nothing is restarted), the
 * containers, containerd, then what the cluster has in the kernel's network. State on disk stays.
 */
import type { Clock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import type { CommandRunner } from '../../base/run-command.ts';
import { createRuntimeClient } from '../../kubelet/cri/client.ts';
import type { ContainerRuntime } from '../../kubelet/cri/contract.ts';
import { removeProxyRules } from '../../proxy/proxy.ts';
import { runningContainerd, startContainerd, stopContainerd } from '../containerd/supervisor.ts';
import { proxyTable } from '../kernel-names.ts';
import { type ClusterPaths, SANDBOX_IMAGE } from '../layout.ts';
import { openLogs } from '../server/logging.ts';
import { nodeNetwork } from '../server/node-network.ts';
import type { ClusterSettings } from '../settings.ts';
import { stopServer } from './server-process.ts';
import { findTraces } from './traces.ts';

export interface StopOptions {
  readonly paths: ClusterPaths;
  readonly settings: ClusterSettings;
  readonly clock: Clock;
  readonly commands: CommandRunner;
}

/** Containers get this long between TERM and KILL: whoever stops a cluster does not wait for more. */
const CONTAINER_GRACE_SECONDS = 5;

/** @returns whether anything ran */
export async function stopCluster({ paths, settings, clock, commands }: StopOptions): Promise<boolean> {
  const hadServer = await stopServer(paths, clock);
  const hadContainerd = (await runningContainerd(paths)) !== undefined;
  const orphans = hadContainerd
    ? []
    : (await findTraces({ paths, settings, commands })).filter(t => t.kind === 'process');
  if (hadContainerd || orphans.length > 0) {
    // Shims whose containerd died are taken over by a new one, and ended through it.
    if (!hadContainerd)
      await startContainerd({ paths, sandboxImage: SANDBOX_IMAGE, clock, log: silentLogger });
    const runtime = createRuntimeClient({ socketPath: paths.containerdSocket, clock });
    try {
      await stopPods(runtime);
    } finally {
      runtime.close();
    }
    await stopContainerd(paths, clock);
  }
  await removeProxyRules({ commands, tableName: proxyTable(settings) });
  await nodeNetwork(settings, paths, commands, openLogs(paths.logs)).tearDown();
  return hadServer || hadContainerd || orphans.length > 0;
}

/** The records of containers stay: the next start sees what had run, as after a reboot. */
async function stopPods(runtime: ContainerRuntime): Promise<void> {
  const containers = await runtime.listContainers();
  const running = containers.filter(c => c.state === 'running');
  await Promise.allSettled(running.map(c => runtime.stopContainer(c.id, CONTAINER_GRACE_SECONDS)));
  const sandboxes = await runtime.listPodSandbox();
  await Promise.all(sandboxes.map(s => runtime.stopPodSandbox(s.id)));
}
