/**
 * What the runtime has, kept up to date by events instead of by asking: one list when the kubelet
 * starts (and when the event stream was lost), after that only the container that an event or one
 * of our own calls is about is asked for.
 *
 * Guarantee: after an exit event the record shows the end, with the runtime's reason; containerd
 * tells of the exit some milliseconds before its own record has it, so that is waited for.
 */
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import {
  type ContainerRuntime,
  type ContainerStatus,
  isRuntimeError,
  type PodSandboxStatus,
  type RuntimeEvent,
} from '../cri/contract.ts';
import * as labels from './labels.ts';
import {
  type ContainerRecord,
  NO_RUNTIME_STATE,
  type PodRuntimeState,
  type SandboxRecord,
} from './runtime-state.ts';

export interface RuntimeCacheOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  /** The last words of a container that has ended. */
  readonly terminationMessage: (uid: string, status: ContainerStatus) => Promise<string>;
  readonly imageId: (status: ContainerStatus) => Promise<string>;
  /** The state of this pod has changed. */
  readonly onChange: (uid: string) => void;
}

export interface KnownPod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** Before each look for an end the runtime has told of: it takes 20 to 60 ms to note it itself. */
const SETTLE_DELAYS_MS = [20, 15, 15, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000];

export class RuntimeCache {
  readonly #options: RuntimeCacheOptions;
  readonly #states = new Map<string, PodRuntimeState>();
  readonly #pods = new Map<string, KnownPod>();
  /** Container and sandbox ids to pod uids. */
  readonly #owners = new Map<string, string>();
  /** Sandboxes of containers that have been made and not been read yet. */
  readonly #expected = new Map<string, string>();

  constructor(options: RuntimeCacheOptions) {
    this.#options = options;
  }

  state(uid: string): PodRuntimeState {
    return this.#states.get(uid) ?? NO_RUNTIME_STATE;
  }

  /** Pods the runtime has anything of. */
  pods(): readonly KnownPod[] {
    return [...this.#pods.values()];
  }

  /** Asks for everything. Pods whose state differs from what was known are reported. */
  async load(): Promise<void> {
    const { runtime } = this.#options;
    const before = new Map(this.#states);
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandbox(), runtime.listContainers()]);
    const sandboxRecords = await Promise.all(
      sandboxes.map(s => this.#orGone(runtime.podSandboxStatus(s.id))),
    );
    const statuses = await Promise.all(
      containers.map(async container => {
        const status = await this.#orGone(runtime.containerStatus(container.id));
        return status && { status, sandboxId: container.podSandboxId };
      }),
    );
    this.#keepOnly(
      before,
      new Set(sandboxRecords.flatMap(s => (s ? [s.id] : []))),
      new Set(statuses.flatMap(c => (c ? [c.status.id] : []))),
    );
    for (const sandbox of sandboxRecords) if (sandbox) this.#noteSandbox(sandbox);
    for (const found of statuses) if (found) await this.#noteContainer(found.sandboxId, found.status);
    for (const uid of new Set([...before.keys(), ...this.#states.keys()])) {
      if (JSON.stringify(before.get(uid)) !== JSON.stringify(this.#states.get(uid)))
        this.#options.onChange(uid);
    }
  }

  /** Of what was known before the lists were asked for, drops what they lack; pods go on starting meanwhile. */
  #keepOnly(
    before: ReadonlyMap<string, PodRuntimeState>,
    sandboxes: ReadonlySet<string>,
    containers: ReadonlySet<string>,
  ): void {
    for (const [uid, state] of before) {
      for (const { status } of state.containers)
        if (!containers.has(status.id)) this.#dropContainer(status.id);
      const gone = new Set(state.sandboxes.map(s => s.id).filter(id => !sandboxes.has(id)));
      for (const id of gone) this.#owners.delete(id);
      this.#change(uid, now => ({ ...now, sandboxes: now.sandboxes.filter(s => !gone.has(s.id)) }));
      const left = this.state(uid);
      if (left.sandboxes.length > 0 || left.containers.length > 0) continue;
      this.#states.delete(uid);
      this.#pods.delete(uid);
    }
  }

  /** Reads the sandbox that `runPodSandbox` gave. */
  async addSandbox(id: string): Promise<SandboxRecord> {
    return this.#noteSandbox(await this.#options.runtime.podSandboxStatus(id));
  }

  /** A container is about to be started: it may end before anybody has read it. */
  expectContainer(uid: string, sandboxId: string, id: string): void {
    this.#owners.set(id, uid);
    this.#expected.set(id, sandboxId);
  }

  /** Reads a container that was just made or changed. */
  async refreshContainer(sandboxId: string, id: string): Promise<ContainerRecord | undefined> {
    const status = await this.#orGone(this.#options.runtime.containerStatus(id));
    if (status) return this.#noteContainer(sandboxId, status);
    this.#dropContainer(id);
    return undefined;
  }

  sandboxStopped(uid: string, id: string): void {
    this.#change(uid, state => ({
      ...state,
      sandboxes: state.sandboxes.map(s => (s.id === id ? { ...s, ready: false } : s)),
    }));
  }

  containerRemoved(id: string): void {
    this.#dropContainer(id);
  }

  forgetPod(uid: string): void {
    this.#states.delete(uid);
    this.#pods.delete(uid);
    for (const [id, owner] of this.#owners) if (owner === uid) this.#owners.delete(id);
  }

  /** Follows an event; reports the pod once the runtime's record shows it. */
  async handle(event: RuntimeEvent): Promise<void> {
    const uid = this.#owners.get(event.containerId);
    // Starts are ours: whoever starts a container reads it afterwards.
    if (uid === undefined || event.type === 'start') return;
    const sandbox = this.state(uid).sandboxes.find(s => s.id === event.containerId);
    if (sandbox) await this.#settleSandbox(uid, sandbox.id, event);
    else await this.#settleContainer(uid, event);
    this.#options.onChange(uid);
  }

  async #settleContainer(uid: string, event: RuntimeEvent): Promise<void> {
    const sandboxId = this.#known(uid, event.containerId)?.sandboxId ?? this.#expected.get(event.containerId);
    if (sandboxId === undefined) return;
    for (const delayMs of SETTLE_DELAYS_MS) {
      if (event.type === 'exit') await sleep(this.#options.clock, delayMs);
      // Whoever stopped the container may have read its end meanwhile.
      if (this.#hasEnded(uid, event.containerId) && event.type === 'exit') return;
      const record = await this.refreshContainer(sandboxId, event.containerId);
      if (!record || event.type !== 'exit' || record.status.state === 'exited') return;
    }
    this.#options.log.warn('the runtime does not note the end of a container', {
      containerId: event.containerId,
    });
  }

  async #settleSandbox(uid: string, id: string, event: RuntimeEvent): Promise<void> {
    if (event.type !== 'exit') return;
    for (const delayMs of SETTLE_DELAYS_MS) {
      await sleep(this.#options.clock, delayMs);
      if (!this.state(uid).sandboxes.some(s => s.id === id && s.ready)) return;
      const status = await this.#orGone(this.#options.runtime.podSandboxStatus(id));
      if (!status) return;
      if (!this.#noteSandbox(status).ready) return;
    }
  }

  #known(uid: string, id: string): ContainerRecord | undefined {
    return this.state(uid).containers.find(c => c.status.id === id);
  }

  #hasEnded(uid: string, id: string): boolean {
    return this.#known(uid, id)?.status.state === 'exited';
  }

  #noteSandbox(status: PodSandboxStatus): SandboxRecord {
    const { uid, name, namespace, attempt } = status.metadata;
    this.#pods.set(uid, { uid, name, namespace });
    this.#owners.set(status.id, uid);
    const known = this.state(uid).sandboxes.find(s => s.id === status.id);
    const record: SandboxRecord = {
      id: status.id,
      attempt,
      createdAtMs: status.createdAtMs,
      ready: status.ready,
      // The runtime forgets the addresses of a sandbox that has stopped.
      ips: status.ips.length > 0 ? status.ips : (known?.ips ?? []),
    };
    this.#change(uid, state => ({
      ...state,
      sandboxes: [...state.sandboxes.filter(s => s.id !== record.id), record].sort(
        (a, b) => b.attempt - a.attempt,
      ),
    }));
    return record;
  }

  async #noteContainer(sandboxId: string, status: ContainerStatus): Promise<ContainerRecord | undefined> {
    const uid = status.labels[labels.POD_UID];
    const name = status.labels[labels.CONTAINER_NAME];
    if (!uid || !name) return undefined;
    if (!this.#pods.has(uid)) {
      this.#pods.set(uid, {
        uid,
        name: status.labels[labels.POD_NAME] ?? '',
        namespace: status.labels[labels.POD_NAMESPACE] ?? '',
      });
    }
    this.#owners.set(status.id, uid);
    const ended = status.state === 'exited';
    const before = this.#known(uid, status.id);
    const imageId = before?.imageId ?? (await this.#options.imageId(status));
    const message = ended
      ? (before?.terminationMessage ?? (await this.#options.terminationMessage(uid, status)))
      : undefined;
    // Two reads may cross, here too while we waited: a container that has ended does not run again.
    const known = this.#known(uid, status.id);
    if (known?.status.state === 'exited' && !ended) return known;
    const record: ContainerRecord = {
      sandboxId,
      name,
      status,
      restartCount: Number(status.annotations[labels.RESTART_COUNT] ?? 0),
      hash: status.annotations[labels.CONTAINER_HASH] ?? '',
      imageId,
      ...(message === undefined ? {} : { terminationMessage: message }),
    };
    this.#change(uid, state => ({
      ...state,
      containers: [...state.containers.filter(c => c.status.id !== status.id), record].sort(
        (a, b) => b.status.createdAtMs - a.status.createdAtMs || b.restartCount - a.restartCount,
      ),
    }));
    this.#expected.delete(status.id);
    return record;
  }

  #dropContainer(id: string): void {
    const uid = this.#owners.get(id);
    this.#owners.delete(id);
    this.#expected.delete(id);
    if (uid === undefined) return;
    this.#change(uid, state => ({ ...state, containers: state.containers.filter(c => c.status.id !== id) }));
  }

  #change(uid: string, next: (state: PodRuntimeState) => PodRuntimeState): void {
    this.#states.set(uid, next(this.state(uid)));
  }

  async #orGone<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (isRuntimeError(error, 'NotFound')) return undefined;
      throw error;
    }
  }
}
