/**
 * Writes the status of pods to the API. `publish` returns at once: starting a container never
 * waits for the server. Per pod one write is under way at a time, and only the newest status
 * waits behind it; a status that changes nothing is not written.
 *
 * Conflicts (somebody else wrote the pod) are solved by reading the pod and merging again; a pod
 * that is gone, or another one by the same name, is dropped; other failures are tried again with
 * backoff for as long as the pod is not forgotten.
 */
import { isStatusError } from '../../api/status-error.ts';
import { Backoff } from '../../base/backoff.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { Pod, PodStatus } from '../../generated/core-v1.ts';
import { nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { isSameStatus, mergeStatus } from './merge.ts';

export interface StatusWriterOptions {
  readonly pods: ResourceClient<Pod>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The pod as the informer has it. */
  readonly current: (pod: Pod) => Pod | undefined;
}

interface Entry {
  pending: { readonly pod: Pod; readonly status: PodStatus } | undefined;
  writing: Promise<void> | undefined;
  /** The answer to the last write: the informer may be behind it. */
  written: Pod | undefined;
  readonly forgotten: AbortController;
}

const RETRY = { baseMs: 200, maxMs: 10_000 };

export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** Writes the status soon, unless the API has it already. What was published before and waits is dropped. */
  publish(pod: Pod, status: PodStatus): void {
    let entry = this.#entries.get(uidOf(pod));
    if (!entry) {
      entry = {
        pending: undefined,
        writing: undefined,
        written: undefined,
        forgotten: new AbortController(),
      };
      this.#entries.set(uidOf(pod), entry);
    }
    entry.pending = { pod, status };
    this.#start(entry);
  }

  #start(entry: Entry): void {
    if (entry.writing || !entry.pending || entry.forgotten.signal.aborted) return;
    entry.writing = this.#drain(entry).finally(() => {
      entry.writing = undefined;
      // Published between the last look and now.
      this.#start(entry);
    });
  }

  /** Resolves when what was published for the pod has been written (or is pointless). */
  async flush(uid: string): Promise<void> {
    for (let e = this.#entries.get(uid); e?.writing; ) await e.writing;
  }

  /** The pod is gone: what waits is dropped. */
  forget(uid: string): void {
    this.#entries.get(uid)?.forgotten.abort();
    this.#entries.delete(uid);
  }

  async #drain(entry: Entry): Promise<void> {
    const { clock, random, log } = this.#options;
    const backoff = new Backoff(RETRY, random);
    const { signal } = entry.forgotten;
    while (entry.pending && !signal.aborted) {
      const { pod, status } = entry.pending;
      entry.pending = undefined;
      try {
        await this.#write(entry, pod, status);
        backoff.reset();
      } catch (error) {
        if (isStatusError(error, 'NotFound')) return;
        log.warn('status not written', { pod: nameOf(pod), error: String(error) });
        await sleep(clock, backoff.next(), signal);
        entry.pending ??= { pod, status };
      }
    }
  }

  async #write(entry: Entry, pod: Pod, status: PodStatus): Promise<void> {
    const { pods, clock } = this.#options;
    let base = newer(this.#options.current(pod), entry.written) ?? pod;
    for (;;) {
      if (uidOf(base) !== uidOf(pod)) return;
      const merged = mergeStatus(status, base.status, clock.now());
      if (isSameStatus(merged, base.status)) return;
      try {
        entry.written = await pods.updateStatus({ ...base, status: merged });
        return;
      } catch (error) {
        if (!isStatusError(error, 'Conflict')) throw error;
        base = await pods.get({ namespace: namespaceOf(pod), name: nameOf(pod) });
      }
    }
  }
}

/** The later of two versions of one pod. resourceVersions of one object compare as numbers (KEP-5504). */
function newer(a: Pod | undefined, b: Pod | undefined): Pod | undefined {
  if (!a || !b) return a ?? b;
  return Number(b.metadata.resourceVersion) > Number(a.metadata.resourceVersion) ? b : a;
}
