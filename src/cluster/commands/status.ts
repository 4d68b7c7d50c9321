/** Tells what runs of a cluster, and how it is. Exit code 0 when it runs and is healthy, else 1. */
import { readAdminEntry } from '../certificates/admin-entry.ts';
import { CLUSTER_OPTIONS, type Command, JSON_OPTION } from '../cli/command.ts';
import { runningContainerd } from '../containerd/supervisor.ts';
import { askCluster } from '../lifecycle/ask-cluster.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { chooseCluster, requireSettings } from '../settings.ts';
import { formatStore } from '../storage/settings.ts';

interface ComponentState {
  readonly name: string;
  readonly healthy: boolean;
  readonly detail: string;
}

export const status: Command = {
  usage: 'status',
  summary: 'tell whether a cluster runs, and how its parts are',
  options: { ...CLUSTER_OPTIONS, ...JSON_OPTION },
  words: [0, 0],
  async run({ values, io }) {
    const choice = chooseCluster(values);
    const settings = await requireSettings(choice);
    const server = await runningServer(choice.paths);
    const containerd = await runningContainerd(choice.paths);
    const parts: ComponentState[] = [
      state('server', server?.pid),
      state('containerd', containerd?.pid),
      ...(server ? await askCluster(await readAdminEntry(choice.paths, settings)) : []),
    ];
    const healthy = parts.every(part => part.healthy);
    const running = server !== undefined;
    const { name, port } = settings;
    if (values['json']) {
      const body = {
        name,
        running,
        healthy,
        server: `https://127.0.0.1:${port}`,
        dataDir: choice.paths.dataDir,
        store: formatStore(settings.store),
        parts,
      };
      io.out(`${JSON.stringify(body, null, 2)}\n`);
    } else {
      io.out(
        `Cluster "${name}" ${running ? (healthy ? 'runs' : 'runs, but not well') : 'is down'} (${choice.paths.dataDir})\n`,
      );
      for (const part of running ? parts : []) {
        io.out(`  ${part.healthy ? '✓' : '✗'} ${part.name.padEnd(28)}${part.detail}\n`);
      }
    }
    return running && healthy ? 0 : 1;
  },
};

function state(name: string, pid: number | undefined): ComponentState {
  return { name, healthy: pid !== undefined, detail: pid === undefined ? 'does not run' : `process ${pid}` };
}
