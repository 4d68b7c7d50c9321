/** The server in the foreground: what `up` starts in the background. TERM and INT end it in order. */
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { CLUSTER_OPTIONS, type Command } from '../cli/command.ts';
import { enterMountNamespace } from '../host/namespaces.ts';
import type { ServerMessage } from '../lifecycle/server-process.ts';
import { runServer } from '../server/server.ts';
import { chooseCluster, requireSettings } from '../settings.ts';

export const server: Command = {
  usage: 'server',
  summary: 'run a cluster that has been made in the foreground',
  options: CLUSTER_OPTIONS,
  words: [0, 0],
  async run({ values, io }) {
    await enterMountNamespace();
    const choice = chooseCluster(values);
    const settings = await requireSettings(choice);
    const stop = new AbortController();
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort());
    // A terminal that closes is no reason to end.
    process.on('SIGHUP', () => {});
    try {
      await runServer({
        paths: choice.paths,
        settings,
        clock: systemClock,
        random: systemRandom,
        signal: stop.signal,
        onStep: text => void tell({ type: 'step', text }),
        onReady: () => void tell({ type: 'ready' }),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      io.error(`${error instanceof Error ? error.stack : message}\n`);
      await tell({ type: 'failed', message });
      process.exit(1);
    }
    // Everything has been closed in order; a component that hangs must not keep the process.
    process.exit(0);
  },
};

/** Resolves when the message has been handed over, or when there is nobody to hear it. */
function tell(message: ServerMessage): Promise<void> {
  return new Promise(resolve => {
    if (process.connected && process.send) process.send(message, () => resolve());
    else resolve();
  });
}
