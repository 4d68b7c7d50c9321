/**
 * Puts a cluster's objects back to a snapshot: of a cluster that is stopped, or of a new one,
 * which then is as `peapod up` would have made it. Keys and certificates are no part of it: a
 * cluster keeps its own, a new one gets new ones when it is started.
 */
import { mkdir } from 'node:fs/promises';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { addressAt } from '../../network/cidr.ts';
import { type Revision, revision } from '../../store/contract.ts';
import { CLUSTER_OPTIONS, type Command, type CommandInput, JSON_OPTION, UsageError } from '../cli/command.ts';
import { runSteps } from '../cli/progress.ts';
import { isPortFree } from '../host/checks.ts';
import { listClusters, ownNetworkNamespace } from '../host/cluster-list.ts';
import { bridgeName, freeKubeletPort } from '../lifecycle/new-settings.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { type ClusterSettings, chooseCluster, readSettings, writeSettings } from '../settings.ts';
import { type StoreContents, storeContents } from '../storage/contents.ts';
import { replaceContents } from '../storage/replace-contents.ts';
import { ETCD_OPTIONS, formatStore, otherStoreFlag, parseStore } from '../storage/settings.ts';
import { readSnapshot, type SnapshotHeader } from '../storage/snapshot-file.ts';
import { snapshotPath } from '../storage/snapshots.ts';

/** How far revisions jump where it cannot be told how far they had come. */
const UNKNOWN_JUMP = 1_000_000_000;

export const snapshotRestore: Command = {
  usage: 'snapshot restore FILE',
  summary: 'put a stopped cluster back to a snapshot, or make a new one from it',
  options: {
    ...CLUSTER_OPTIONS,
    store: { type: 'string', value: 'STORE', help: 'of a new cluster: lmdb, or etcd=URL[,URL] (lmdb)' },
    ...ETCD_OPTIONS,
    ...JSON_OPTION,
  },
  words: [1, 1],
  async run({ words: [word = ''], values, io }) {
    const choice = chooseCluster(values);
    const { paths } = choice;
    const existing = await readSettings(choice);
    const name = existing?.name ?? choice.name;
    if (await runningServer(paths)) {
      throw new UsageError(`cluster "${name}" runs: stop it first, with "peapod down --name ${name}"`);
    }
    const snapshot = await readSnapshot(snapshotPath(paths, word));
    const settings = existing ?? (await settingsFrom(snapshot.header, name, values));
    if (existing) refuseOther(existing, snapshot.header, values);
    const target = storeContents({
      store: settings.store,
      directory: paths.store,
      clock: systemClock,
      random: systemRandom,
    });
    if (!existing && (await target.presence()) === 'there') {
      throw new UsageError(`${target.where} has a cluster's state already, and cluster "${name}" is new`);
    }
    let newest = 0;
    const { entries, header } = snapshot;
    const restore = async (tell: (text: string) => void) => {
      const known = await knownRevision(target, header);
      newest = await replaceContents({
        target,
        source: { entries, revision: revision(header.revision) },
        known,
        tell,
      });
      await mkdir(paths.dataDir, { recursive: true, mode: 0o711 });
      if (!existing) await writeSettings(paths, settings);
    };
    await runSteps(
      [{ title: `Writing ${formatStore(settings.store)}`, run: restore }],
      io,
      values['json'] === true,
    );
    const objects = entries.length;
    if (values['json']) {
      io.out(
        `${JSON.stringify({ name, objects, takenAt: header.takenAt, revision: newest, new: !existing })}\n`,
      );
    } else {
      io.out(
        `Cluster "${name}" is as it was at ${header.takenAt}: ${objects} objects, now at revision ${newest}.\nStart it with "peapod up --name ${name}".\n`,
      );
    }
    return 0;
  },
};

/** What clients of the cluster may have seen. */
async function knownRevision(target: StoreContents, header: SnapshotHeader): Promise<Revision> {
  if ((await target.presence()) === 'none') return revision(0);
  try {
    return (await target.read()).revision;
  } catch {
    // What is there is damaged or half filled: the very reason for the restore, maybe.
    return revision(header.revision + UNKNOWN_JUMP);
  }
}

/** The objects hold addresses of the ranges and the name of the node. */
function refuseOther(
  settings: ClusterSettings,
  header: SnapshotHeader,
  values: CommandInput['values'],
): void {
  const flag = otherStoreFlag(settings.store, values);
  if (flag) {
    throw new UsageError(
      `cluster "${settings.name}" has its state in ${formatStore(settings.store)}, not what --${flag} says`,
    );
  }
  for (const field of ['serviceCidr', 'podCidr', 'nodeName', 'clusterDomain'] as const) {
    if (settings[field] === header.settings[field]) continue;
    throw new UsageError(
      `the snapshot is of a cluster with ${field} ${header.settings[field]}, and "${settings.name}" has ${settings[field]}: restore it into a new one`,
    );
  }
}

async function settingsFrom(
  { settings }: SnapshotHeader,
  name: string,
  values: CommandInput['values'],
): Promise<ClusterSettings> {
  const store = parseStore('--store', (values['store'] as string | undefined) ?? 'lmdb', values);
  const others = (await listClusters()).filter(o => o.networkNamespace === ownNetworkNamespace());
  const rival = others.find(
    o => o.port === settings.port || o.podCidr === settings.podCidr || o.serviceCidr === settings.serviceCidr,
  );
  if (rival) {
    throw new UsageError(
      `the snapshot's addresses (port ${settings.port}, ${settings.podCidr}, ${settings.serviceCidr}) are those of cluster "${rival.name}": delete that one first`,
    );
  }
  return {
    ...settings,
    name,
    kubeletPort: await freeKubeletPort(others, isPortFree),
    kubernetesIp: addressAt(settings.serviceCidr, 1),
    dnsIp: addressAt(settings.serviceCidr, 10),
    bridge: bridgeName(name),
    ...(store && { store }),
  };
}
