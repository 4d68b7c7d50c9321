/**
 * Moves a cluster's state from LMDB to etcd, from etcd to LMDB, or from one etcd to another; the
 * cluster uses it from then on. What is in the old place stays there.
 */
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import type { ListResult } from '../../store/contract.ts';
import { CLUSTER_OPTIONS, type Command, JSON_OPTION, UsageError } from '../cli/command.ts';
import { runSteps } from '../cli/progress.ts';
import { runningServer } from '../lifecycle/server-process.ts';
import { chooseCluster, requireSettings, writeSettings } from '../settings.ts';
import { storeContents } from '../storage/contents.ts';
import { replaceContents } from '../storage/replace-contents.ts';
import {
  ETCD_OPTIONS,
  formatStore,
  otherStoreFlag,
  parseStore,
  type StoreSettings,
} from '../storage/settings.ts';

export const storeCopy: Command = {
  usage: 'store copy',
  summary: 'move a stopped cluster’s state between LMDB and etcd',
  options: {
    ...CLUSTER_OPTIONS,
    from: {
      type: 'string',
      value: 'STORE',
      help: 'where it is: lmdb, or etcd=URL[,URL] (as the cluster knows)',
    },
    to: { type: 'string', value: 'STORE', help: 'where it is to be; the --store-… options go with it' },
    ...ETCD_OPTIONS,
    ...JSON_OPTION,
  },
  words: [0, 0],
  async run({ values, io }) {
    if (typeof values['to'] !== 'string')
      throw new UsageError('say where to: --to lmdb, or --to etcd=URL[,URL]');
    const to = parseStore('--to', values['to'], values);
    const choice = chooseCluster(values);
    const { paths } = choice;
    const settings = await requireSettings(choice);
    const { name } = settings;
    const from = settings.store;
    if (otherStoreFlag(from, { store: values['from'] })) {
      throw new UsageError(
        `cluster "${name}" has its state in ${formatStore(from)}, not in ${values['from']}`,
      );
    }
    if (formatStore(from) === formatStore(to)) {
      throw new UsageError(`cluster "${name}" has its state in ${formatStore(to)} already`);
    }
    if (await runningServer(paths)) {
      throw new UsageError(`cluster "${name}" runs: stop it first, with "peapod down --name ${name}"`);
    }
    const contents = (store: StoreSettings) =>
      storeContents({ store, directory: paths.store, clock: systemClock, random: systemRandom });
    const [source, target] = [contents(from), contents(to)];
    if ((await target.presence()) === 'there') {
      throw new UsageError(`${target.where} is not empty: remove what is there, or choose another place`);
    }
    let read: ListResult | undefined;
    let revision = 0;
    const steps = [
      {
        title: `Reading ${formatStore(from)}`,
        async run(tell: (text: string) => void) {
          read = await source.read();
          tell(`${read.entries.length} objects at revision ${read.revision}`);
        },
      },
      {
        title: `Writing ${formatStore(to)}`,
        async run(tell: (text: string) => void) {
          const found = read as ListResult;
          revision = await replaceContents({ target, source: found, known: found.revision, tell });
        },
      },
    ];
    await runSteps(steps, io, values['json'] === true);
    const { store: _old, ...rest } = settings;
    await writeSettings(paths, to ? { ...rest, store: to } : rest);
    const objects = read?.entries.length ?? 0;
    if (values['json']) {
      io.out(
        `${JSON.stringify({ name, from: formatStore(from), to: formatStore(to), objects, revision })}\n`,
      );
    } else {
      io.out(
        `Cluster "${name}" has its state in ${formatStore(to)} now: ${objects} objects, revision ${revision}.\nWhat was in ${source.where} is still there.\n`,
      );
    }
    return 0;
  },
};
