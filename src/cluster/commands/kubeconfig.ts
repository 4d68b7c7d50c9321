/** Prints a complete kubeconfig, for another machine's user or a program. */
import { readAdminEntry } from '../certificates/admin-entry.ts';
import { kubeconfig } from '../certificates/kubeconfig.ts';
import { CLUSTER_OPTIONS, type Command, UsageError } from '../cli/command.ts';
import { chooseCluster, requireSettings } from '../settings.ts';

export const kubeconfigCommand: Command = {
  usage: 'kubeconfig',
  summary: 'print a kubeconfig for a cluster',
  options: CLUSTER_OPTIONS,
  words: [0, 0],
  async run({ values, io }) {
    const choice = chooseCluster(values);
    const settings = await requireSettings(choice);
    try {
      io.out(kubeconfig(await readAdminEntry(choice.paths, settings)));
    } catch (cause) {
      const reason =
        (cause as NodeJS.ErrnoException).code === 'EACCES' ? 'only root may read its keys' : String(cause);
      throw new UsageError(`the kubeconfig of "${settings.name}" cannot be made: ${reason}`, { cause });
    }
    return 0;
  },
};
