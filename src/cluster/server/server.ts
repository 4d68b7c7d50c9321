/**
 * The one-process cluster: what `peapod server` runs.
 *
 *     registry, containerd ─┐
 *     network ── API server ┴─ images ── controllers, scheduler, proxy, DNS ── kubelet ── Ready
 *
 * Here, what takes long outside this process is started (containerd, the network); the rest
 * (compose.ts) is a second of loading modules, and is loaded meanwhile.
 *
 * Ending it (or its being killed) leaves containerd, pods and rules as they are: the next server
 * takes them over. `down` is what stops them (lifecycle/stop-cluster.ts).
 */
import { setMaxListeners } from 'node:events';
import { aborted } from '../../base/abort.ts';
import { systemCommands } from '../../base/run-command.ts';
import { readPidFile, removePidFile, writePidFile } from '../host/processes.ts';
import { Closers } from './closers.ts';
import type { ServerOptions } from './compose.ts';
import { openLogs } from './logging.ts';
import { nodeNetwork } from './node-network.ts';
import { openRuntime } from './runtime.ts';

/**
 * Resolves when `signal` was aborted and everything has ended.
 * @throws Error when a server runs already, or a part could not be started or has failed
 */
export async function runServer(options: ServerOptions): Promise<void> {
  const { paths, settings, clock, signal } = options;
  if (await readPidFile(paths.serverPid)) throw new Error(`a server runs already on ${paths.dataDir}`);
  await writePidFile(paths.serverPid, process.pid);
  const logs = openLogs(paths.logs);
  const log = logs.of('peapod');
  const closers = new Closers();
  closers.add('pid file', () => removePidFile(paths.serverPid));
  const background = new AbortController();
  setMaxListeners(0, background.signal, signal);
  closers.add('background work', () => background.abort());
  const step = (text: string) => {
    log.info(text, { uptimeMs: Math.round(clock.monotonic()) });
    options.onStep(text);
  };
  try {
    step('starting containerd and the network');
    const commands = systemCommands();
    const runtime = openRuntime({ paths, clock, logs, signal: background.signal, onClose: closers.add });
    const network = nodeNetwork(settings, paths, commands, logs).setUp();
    // Awaited later: when something else fails first, these must not count as unhandled.
    for (const promise of [runtime, network]) promise.catch(() => {});
    const { compose } = await import('./compose.ts');
    const { failure } = await compose({
      ...options,
      onStep: step,
      logs,
      commands,
      runtime,
      network: await network,
      background,
      onClose: closers.add,
    });
    await Promise.race([failure, aborted(signal)]);
  } finally {
    await closers.close(log);
  }
}
