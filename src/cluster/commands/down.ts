/** Stops a cluster's pods and everything else of it; `up` starts it again with what it knew. */
import { systemClock } from '../../base/clock.ts';
import { systemCommands } from '../../base/run-command.ts';
import { CLUSTER_OPTIONS, type Command } from '../cli/command.ts';
import { requireRoot } from '../cli/require-root.ts';
import { runningContainerd } from '../containerd/supervisor.ts';
import { enterMountNamespace, enterNetworkNamespaceOf } from '../host/namespaces.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { stopCluster } from '../lifecycle/stop-cluster.ts';
import { chooseCluster, requireSettings } from '../settings.ts';

export const down: Command = {
  usage: 'down',
  summary: 'stop a cluster with its pods, keeping its state',
  options: CLUSTER_OPTIONS,
  words: [0, 0],
  async run({ values, io }) {
    requireRoot('down');
    await enterMountNamespace();
    const choice = chooseCluster(values);
    const settings = await requireSettings(choice);
    const running = (await runningServer(choice.paths)) ?? (await runningContainerd(choice.paths));
    if (running) await enterNetworkNamespaceOf(running);
    const ran = await stopCluster({
      paths: choice.paths,
      settings,
      clock: systemClock,
      commands: systemCommands(),
    });
    io.out(
      ran
        ? `Cluster "${settings.name}" is down; its state is kept in ${choice.paths.dataDir}.\n`
        : `Cluster "${settings.name}" was down already.\n`,
    );
    return 0;
  },
};
