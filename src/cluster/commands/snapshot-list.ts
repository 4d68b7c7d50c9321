/** Lists the snapshots in a cluster's folder; each is read and its checksum looked at. */
import { CLUSTER_OPTIONS, type Command, JSON_OPTION } from '../cli/command.ts';
import { chooseCluster, requireSettings } from '../settings.ts';
import { readSnapshot, SnapshotError } from '../storage/snapshot-file.ts';
import { snapshotNames, snapshotPath } from '../storage/snapshots.ts';

interface Row {
  readonly name: string;
  readonly file: string;
  readonly takenAt?: string;
  readonly revision?: number;
  readonly objects?: number;
  readonly bytes?: number;
  /** Why it cannot be restored. */
  readonly problem?: string;
}

export const snapshotList: Command = {
  usage: 'snapshot ls',
  summary: 'list a cluster’s snapshots',
  options: { ...CLUSTER_OPTIONS, ...JSON_OPTION },
  words: [0, 0],
  async run({ values, io }) {
    const choice = chooseCluster(values);
    await requireSettings(choice);
    const rows: Row[] = [];
    for (const name of await snapshotNames(choice.paths))
      rows.push(await describe(name, snapshotPath(choice.paths, name)));
    if (values['json']) {
      io.out(`${JSON.stringify(rows, null, 2)}\n`);
      return 0;
    }
    const width = Math.max(4, ...rows.map(row => row.name.length)) + 3;
    io.out(
      `${'NAME'.padEnd(width)}${'TAKEN'.padEnd(23)}${'REVISION'.padEnd(11)}${'OBJECTS'.padEnd(10)}SIZE\n`,
    );
    for (const { name, takenAt = '', revision, objects, bytes = 0, problem } of rows) {
      io.out(
        problem
          ? `${name.padEnd(width)}${problem}\n`
          : `${name.padEnd(width)}${takenAt.padEnd(23)}${String(revision).padEnd(11)}${String(objects).padEnd(10)}${(bytes / 1e6).toFixed(1)} MB\n`,
      );
    }
    return 0;
  },
};

async function describe(name: string, file: string): Promise<Row> {
  try {
    const { header, bytes } = await readSnapshot(file);
    const { takenAt, revision, objects } = header;
    return { name, file, takenAt, revision, objects, bytes };
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return { name, file, problem: error.message };
  }
}
