/** Writes all of a cluster's objects, as they are at one revision, into a file. The cluster may run. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { rfc3339, systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { CLUSTER_OPTIONS, type Command, JSON_OPTION, UsageError } from '../cli/command.ts';
import { chooseCluster, requireSettings } from '../settings.ts';
import { storeContents } from '../storage/contents.ts';
import { writeSnapshot } from '../storage/snapshot-file.ts';
import { snapshotName, snapshotPath } from '../storage/snapshots.ts';

export const snapshotSave: Command = {
  usage: 'snapshot save [FILE]',
  summary: 'write a cluster’s objects into a file; it may run meanwhile',
  options: { ...CLUSTER_OPTIONS, ...JSON_OPTION },
  words: [0, 1],
  async run({ words: [word], values, io }) {
    const choice = chooseCluster(values);
    const { paths } = choice;
    const {
      name: cluster,
      store,
      port,
      nodeName,
      serviceCidr,
      podCidr,
      clusterDomain,
    } = await requireSettings(choice);
    const nowMs = systemClock.now();
    const path = snapshotPath(paths, word ?? snapshotName(nowMs));
    if (existsSync(path)) throw new UsageError(`${path} is there already: choose another name`);
    const contents = storeContents({
      store,
      directory: paths.store,
      clock: systemClock,
      random: systemRandom,
    });
    const state = await contents.read();
    if (path.startsWith(`${paths.snapshots}/`))
      await mkdir(paths.snapshots, { recursive: true, mode: 0o700 });
    const settings = { port, nodeName, serviceCidr, podCidr, clusterDomain };
    const bytes = await writeSnapshot(path, { cluster, takenAt: rfc3339(nowMs), settings }, state);
    const objects = state.entries.length;
    if (values['json']) {
      io.out(`${JSON.stringify({ file: path, cluster, revision: state.revision, objects, bytes })}\n`);
    } else {
      io.out(`${path}: ${objects} objects at revision ${state.revision}, ${(bytes / 1e6).toFixed(1)} MB.\n`);
    }
    return 0;
  },
};
