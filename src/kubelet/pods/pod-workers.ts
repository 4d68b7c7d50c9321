/** The workers of all pods of the node: fed by the informer, the runtime's events and probes. */
import { setMaxListeners } from 'node:events';
import { MIRROR_POD_ANNOTATION } from '../../api/well-known.ts';
import { Backoff } from '../../base/backoff.ts';
import { sleep } from '../../base/clock.ts';
import type { Informer } from '../../client/informer.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { unlessAborted } from '../lifecycle/unless-aborted.ts';
import { referencedObjects } from '../volumes/render.ts';
import { type AdmissionInput, admit } from './admission.ts';
import {
  type Allocation,
  allocationOf,
  judgeResize,
  knownAllocation,
  knownPending,
  type PendingResize,
  withAllocation,
} from './allocation.ts';
import { removeFromRuntime, stopOrphan } from './kill-pod.ts';
import type { Parts, WorkerParts } from './parts.ts';
import { isTerminalPhase, type NodePod, namespaceOf, uidOf } from './pod.ts';
import { PodWorker } from './pod-worker.ts';
import type { KnownPod } from './runtime-cache.ts';

const ORPHAN_RETRY = { baseMs: 200, maxMs: 10_000 };

export class PodWorkers {
  readonly #parts: WorkerParts;
  readonly #leaving = new AbortController();
  readonly #node: () => AdmissionInput['node'];
  readonly #workers = new Map<string, PodWorker>();
  readonly #allocations = new Map<string, Allocation>();
  /** Pods that asked for more than there was, as they ask to be. */
  readonly #waiting = new Map<string, NodePod>();
  /** Whether all pods of the node have been taken up: what is free is not known before. */
  #knowsAll = false;

  constructor(parts: Parts, node: () => AdmissionInput['node']) {
    const { signal } = this.#leaving;
    // Whatever waits for the end of a container listens to it; Node takes more than ten for a leak.
    setMaxListeners(0, signal);
    this.#parts = { ...parts, leaving: signal };
    this.#node = node;
  }

  /** Takes up every pod the informer has or will have; returns the function that stops listening. */
  follow(pods: Informer<Pod>): () => void {
    // Mirror pods show what somebody else runs: there is nothing to start or stop.
    const own = (handle: (pod: Pod) => void) => (pod: Pod) => {
      if (pod.metadata.annotations?.[MIRROR_POD_ANNOTATION] === undefined) handle(pod);
    };
    const stop = pods.addHandlers({
      added: own(pod => this.#added(pod)),
      updated: own(pod => this.#updated(pod)),
      deleted: own(pod => this.#deleted(pod)),
    });
    this.#knowsAll = true;
    this.#retryResizes();
    return stop;
  }

  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  /** The spec the worker of a running pod has. */
  pod(uid: string): NodePod | undefined {
    return this.#workers.get(uid)?.pod;
  }

  list(): readonly NodePod[] {
    return [...this.#workers.values()].map(worker => worker.pod);
  }

  /** A config map or secret has appeared, changed or gone. */
  sourceChanged(kind: 'configMaps' | 'secrets', namespace: string, name: string): void {
    for (const worker of this.#workers.values()) {
      if (namespaceOf(worker.pod) !== namespace || !worker.isActive) continue;
      if (referencedObjects(worker.pod)[kind].has(name)) worker.sourcesChanged();
    }
  }

  /**
   * Removes what the runtime has of pods that are not in the API: they went while nobody looked. Resolves
   * when they are gone, or the kubelet ends; what fails is tried again.
   */
  async removeOrphans(): Promise<void> {
    const orphans = this.#parts.cache.pods().filter(({ uid }) => !this.#workers.has(uid));
    await Promise.all(orphans.map(orphan => this.#removeOrphan(orphan)));
  }

  async #removeOrphan({ uid, name, namespace }: KnownPod): Promise<void> {
    const { log, volumes, cgroups, dirs, clock, random, leaving } = this.#parts;
    const pod = `${namespace}/${name}`;
    log.info('removing a pod that is gone', { pod });
    const backoff = new Backoff(ORPHAN_RETRY, random);
    while (!leaving.aborted) {
      try {
        await unlessAborted(stopOrphan(this.#parts, uid), leaving);
        await removeFromRuntime(this.#parts, uid, `${dirs.podLogs}/${namespace}_${name}_${uid}`);
        await volumes.remove(uid);
        await cgroups.removeByUid(uid);
        return;
      } catch (error) {
        if (leaving.aborted) return;
        log.warn('pod that is gone not removed', { pod, error: String(error) });
        await sleep(clock, backoff.next(), leaving);
      }
    }
  }

  /** Lets go of all pods; their containers run on, and those that are ending are left to it. */
  async stop(): Promise<void> {
    const stopping = [...this.#workers.values()].map(worker => worker.stop());
    this.#leaving.abort();
    await Promise.all(stopping);
  }

  #added(pod: Pod): void {
    if (!isNodePod(pod)) return;
    const uid = uidOf(pod);
    if (this.#workers.has(uid)) return this.#updated(pod);
    const isNew = this.#parts.cache.state(uid).sandboxes.length === 0 && !isTerminalPhase(pod.status?.phase);
    const rejection =
      isNew && !pod.metadata.deletionTimestamp
        ? admit({
            pod,
            others: this.#others(uid),
            allocatable: this.#parts.node.allocatable(),
            node: this.#node(),
            appArmor: this.#parts.node.appArmor,
          })
        : undefined;
    this.#allocations.set(uid, isNew ? allocationOf(pod) : knownAllocation(pod));
    const { allocated, pending } = this.#allocate(pod);
    const worker = new PodWorker(this.#parts, allocated, {
      onEnded: () => this.#retryResizes(),
      onRemoved: () => this.#forget(uid),
    });
    this.#workers.set(uid, worker);
    if (rejection) return worker.reject(rejection);
    worker.update(allocated, pending);
    worker.wake();
  }

  #updated(pod: Pod): void {
    if (!isNodePod(pod)) return;
    const worker = this.#workers.get(uidOf(pod));
    if (!worker) return;
    const before = this.#allocations.get(uidOf(pod));
    const { allocated, pending } = this.#allocate(pod);
    worker.update(allocated, pending);
    // One that shrank makes room for others.
    if (this.#allocations.get(uidOf(pod)) !== before) this.#retryResizes();
  }

  #deleted(pod: Pod): void {
    if (!isNodePod(pod)) return;
    const allocation = this.#allocations.get(uidOf(pod));
    this.#workers.get(uidOf(pod))?.remove(allocation ? withAllocation(pod, allocation) : pod);
  }

  /** The pod with what the node gives it, and what it has to wait for. */
  #allocate(pod: NodePod): { readonly allocated: NodePod; readonly pending?: PendingResize } {
    const uid = uidOf(pod);
    const allocated = withAllocation(pod, this.#allocations.get(uid) ?? allocationOf(pod));
    this.#waiting.delete(uid);
    if (allocated === pod || pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase))
      return { allocated };
    const allocatable = this.#parts.node.allocatable();
    const pending = this.#knowsAll
      ? judgeResize({ pod, others: this.#others(uid), allocatable })
      : knownPending(pod);
    if (pending) {
      this.#waiting.set(uid, pod);
      return { allocated, pending };
    }
    this.#allocations.set(uid, allocationOf(pod));
    return { allocated: pod };
  }

  #others(uid: string): readonly NodePod[] {
    return [...this.#workers.values()].filter(w => w.isActive && uidOf(w.pod) !== uid).map(w => w.pod);
  }

  /** Something of the node has become free. */
  #retryResizes(): void {
    // Who still waits is put back: the list is that of now.
    const waiting = [...this.#waiting.values()];
    for (const pod of waiting) this.#updated(pod);
  }

  #forget(uid: string): void {
    this.#workers.delete(uid);
    this.#allocations.delete(uid);
    this.#waiting.delete(uid);
  }
}

const isNodePod = (pod: Pod): pod is NodePod => pod.spec !== undefined;
