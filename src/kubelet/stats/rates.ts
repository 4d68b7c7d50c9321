/**
 * CPU in nanocores: how fast a counter rose since the last time somebody asked. There is no sampling
 * in between, so the first who asks waits a moment for a second sample, and so does one who asks
 * after more than two minutes, whom an average over all of it would not help.
 */
import { type Clock, sleep } from '../../base/clock.ts';
import type { Collect, CollectOptions } from './collect.ts';
import type { NodeSample } from './sample.ts';

const TOO_OLD_MS = 120_000;
const TOO_YOUNG_MS = 100;
const FIRST_WAIT_MS = 200;

/** By cgroup; '/' is the node. Absent: not known yet. */
export type Rates = ReadonlyMap<string, number>;

/** Remembers the last sample, and nothing else. One for all who ask: their questions share it. */
export class RateMeter {
  #before: NodeSample | undefined;

  constructor(
    private readonly collect: Collect,
    private readonly clock: Clock,
  ) {}

  async measure(options: CollectOptions): Promise<{ readonly sample: NodeSample; readonly rates: Rates }> {
    const old = this.#before;
    if (!old || this.clock.now() - old.timeMs > TOO_OLD_MS) {
      this.#before = await this.collect({ disk: false });
      await sleep(this.clock, FIRST_WAIT_MS);
    }
    const before = this.#before as NodeSample;
    const sample = await this.collect(options);
    if (sample.timeMs - before.timeMs >= TOO_YOUNG_MS) this.#before = sample;
    return { sample, rates: ratesBetween(before, sample) };
  }
}

/** Nanocores: nanoseconds of CPU a second. A cgroup that one of the two lacks has no rate. */
export function ratesBetween(before: NodeSample, after: NodeSample): Rates {
  const seconds = (after.timeMs - before.timeMs) / 1000;
  const old = new Map(counters(before));
  const rates = new Map<string, number>();
  if (seconds <= 0) return rates;
  for (const [cgroup, totalNs] of counters(after)) {
    const from = old.get(cgroup);
    // A counter that fell belongs to another cgroup of the same name.
    if (from !== undefined && totalNs >= from) rates.set(cgroup, Math.round((totalNs - from) / seconds));
  }
  return rates;
}

function* counters(sample: NodeSample): Generator<[string, number]> {
  if (sample.usage.cpu) yield ['/', sample.usage.cpu.totalNs];
  for (const pod of sample.pods) {
    if (pod.usage.cpu) yield [pod.cgroup, pod.usage.cpu.totalNs];
    for (const { cgroup, usage } of pod.containers) if (usage.cpu) yield [cgroup, usage.cpu.totalNs];
  }
}
