/**
 * Removes a cluster: stops it, takes away what may have been left by crashes, deletes its files,
 * and looks once more. Works on the remains of a cluster too, whatever is missing of it.
 */
import { rm } from 'node:fs/promises';
import { sleep } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import { removeFromList } from '../host/cluster-list.ts';
import { storeContents } from '../storage/contents.ts';
import { formatStore } from '../storage/settings.ts';
import { type StopOptions, stopCluster } from './stop-cluster.ts';
import { findTraces, removeTrace } from './traces.ts';

/** A shim takes a moment to end after its container. */
const ATTEMPTS = 10;
const RETRY_MS = 100;

/** @returns what could not be removed, for people; [] when no trace is left */
export async function removeCluster(options: StopOptions): Promise<string[]> {
  const { paths, settings, clock } = options;
  try {
    await stopCluster(options);
  } catch {
    // What could not be stopped in order is ended below, or else reported.
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const traces = await findTraces(options);
    if (traces.length === 0) break;
    // Shims end by themselves at first; what stays is taken away.
    if (attempt > 2) for (const trace of traces) await removeTrace(trace, options.commands).catch(() => {});
    await sleep(clock, RETRY_MS);
  }
  const left = (await findTraces(options)).map(trace => `${trace.kind} ${trace.name}`);
  try {
    await storeContents({
      store: settings.store,
      directory: paths.store,
      clock,
      random: systemRandom,
    }).eraseElsewhere();
  } catch (error) {
    left.push(
      `the state in ${formatStore(settings.store)} (${error instanceof Error ? error.message : error})`,
    );
  }
  try {
    // Never through a mount: that would delete what is on the other side.
    if (!left.some(text => text.startsWith('mount ')))
      await rm(paths.dataDir, { recursive: true, force: true });
    else left.push(`directory ${paths.dataDir}`);
  } catch (error) {
    left.push(`directory ${paths.dataDir} (${String(error)})`);
  }
  await removeFromList(settings.name);
  return left;
}
