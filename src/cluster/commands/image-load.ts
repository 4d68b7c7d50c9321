/** Loads images from an archive: into the cluster's registry, and into containerd when it runs. */
import { existsSync } from 'node:fs';
import { systemClock } from '../../base/clock.ts';
import { createRuntimeClient } from '../../kubelet/cri/client.ts';
import { CLUSTER_OPTIONS, type Command, JSON_OPTION, UsageError } from '../cli/command.ts';
import { requireRoot } from '../cli/require-root.ts';
import { runningContainerd } from '../containerd/supervisor.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { ContentStore } from '../registry/content-store.ts';
import { loadArchive } from '../registry/load-archive.ts';
import { chooseCluster, requireSettings } from '../settings.ts';

export const imageLoad: Command = {
  usage: 'image load FILE',
  summary: 'load images from a docker or OCI archive',
  options: {
    ...CLUSTER_OPTIONS,
    tag: { type: 'string', value: 'NAME:TAG', help: 'the image’s name, instead of those in the archive' },
    ...JSON_OPTION,
  },
  words: [1, 1],
  async run({ words: [path = ''], values, io }) {
    requireRoot('image load');
    const choice = chooseCluster(values);
    await requireSettings(choice);
    if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
    const store = new ContentStore(choice.paths.registry);
    const references = await loadArchive({ store, path, as: values['tag'] as string | undefined });
    // Without the server there is no registry to pull from; it hands the images over when it starts.
    if ((await runningServer(choice.paths)) && (await runningContainerd(choice.paths))) {
      const runtime = createRuntimeClient({ socketPath: choice.paths.containerdSocket, clock: systemClock });
      try {
        for (const reference of references) await runtime.pullImage(reference);
      } finally {
        runtime.close();
      }
    }
    if (values['json']) io.out(`${JSON.stringify(references)}\n`);
    else for (const reference of references) io.out(`${reference}\n`);
    return 0;
  },
};
