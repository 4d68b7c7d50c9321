/** Removes a cluster and every trace of it, and says so after looking. */
import { systemClock } from '../../base/clock.ts';
import { systemCommands } from '../../base/run-command.ts';
import { removeFromFile, userKubeconfigPath } from '../certificates/kubeconfig-file.ts';
import { CLUSTER_OPTIONS, type Command } from '../cli/command.ts';
import { requireRoot } from '../cli/require-root.ts';
import { runningContainerd } from '../containerd/supervisor.ts';
import { enterMountNamespace, enterNetworkNamespaceOf } from '../host/namespaces.ts';
import { removeCluster } from '../lifecycle/remove-cluster.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { chooseCluster, readSettings } from '../settings.ts';

export const deleteCluster: Command = {
  usage: 'delete',
  summary: 'remove a cluster and every trace of it',
  options: CLUSTER_OPTIONS,
  words: [0, 0],
  async run({ values, io }) {
    requireRoot('delete');
    await enterMountNamespace();
    const choice = chooseCluster(values);
    const { paths } = choice;
    const settings = await readSettings(choice);
    if (!settings) {
      io.out(`There is no cluster "${choice.name}" in ${paths.dataDir}: nothing to delete.\n`);
      return 0;
    }
    const { name } = settings;
    const running = (await runningServer(paths)) ?? (await runningContainerd(paths));
    if (running) await enterNetworkNamespaceOf(running);
    const left = await removeCluster({ paths, settings, clock: systemClock, commands: systemCommands() });
    await removeFromFile(userKubeconfigPath(io.environment), name);
    if (left.length > 0) {
      io.error(
        `peapod: cluster "${name}" is deleted, but this is left:\n${left.map(t => `  ${t}\n`).join('')}`,
      );
      return 1;
    }
    io.out(
      `Cluster "${name}" is deleted: no process, mount, network namespace, interface, nft table, cgroup or file of it is left.\n`,
    );
    return 0;
  },
};
