/**
 * What the CNI library and its plugins remember outside of their configuration: addresses given
 * away (host-local) and results of networks (libcni). Both are removed with the cluster, when no
 * sandbox is left that they could describe.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Where libcni caches results, whoever calls it; not configurable in containerd 1.x. */
const LIBCNI_RESULTS = '/var/lib/cni/results';

/**
 * Removes the network's configuration, its addresses and cached results. What is not there is no
 * error.
 */
export async function removeCniRecords(options: {
  readonly networkName: string;
  readonly configDir: string;
  readonly ipamDir: string;
  /** Absent: LIBCNI_RESULTS. */
  readonly resultsDir?: string | undefined;
}): Promise<void> {
  const results = options.resultsDir ?? LIBCNI_RESULTS;
  const names = await readdir(results).catch(() => []);
  // <network>-<container>-<interface>; another network's name may begin with ours.
  const own = names.filter(
    name =>
      name.startsWith(`${options.networkName}-`) &&
      /^[^-]+-[^-]+$/.test(name.slice(options.networkName.length + 1)),
  );
  await Promise.all(own.map(name => rm(join(results, name), { force: true })));
  await rm(options.configDir, { recursive: true, force: true });
  await rm(options.ipamDir, { recursive: true, force: true });
}
