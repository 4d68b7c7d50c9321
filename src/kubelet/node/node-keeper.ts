/**
 * Keeps the Node object and its Lease: registers the node, renews the lease every 10 s (that is
 * the heartbeat), writes the status when something has changed and every 5 minutes otherwise.
 */
import { isStatusError } from '../../api/status-error.ts';
import { type Clock, rfc3339Micro, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { ResourceClient } from '../../client/contract.ts';
import { type EventRecorder } from '../../client/event-recorder.ts';
import type { Lease } from '../../generated/coordination-v1.ts';
import type { Node } from '../../generated/core-v1.ts';
import type { ContainerRuntime } from '../cri/contract.ts';
import { isSameNodeStatus, type NodeInput, newNode, nodeLabels, nodeStatus } from './node-status.ts';

export interface NodeKeeperOptions {
  readonly nodes: ResourceClient<Node>;
  readonly leases: ResourceClient<Lease>;
  readonly recorder: EventRecorder;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Logger;
  readonly input: NodeInput;
}

const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;
const STATUS_MS = 300_000;
const RETRY_MS = 500;
/** How often an unready runtime is asked again, and how many changes come together in one write. */
const UNREADY_MS = 500;

export class NodeKeeper {
  readonly #options: NodeKeeperOptions;
  #node: Node | undefined;
  #wake: () => void = () => {};
  #changed = true;
  #runtimeDown: string | undefined;

  constructor(options: NodeKeeperOptions) {
    this.#options = options;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node?.metadata.labels ?? nodeLabels(this.#options.input);
  }

  /** The status should be looked at again: an image came, the runtime went or came back. */
  changed(): void {
    this.#changed = true;
    this.#wake();
  }

  /** `why` undefined: the runtime answers again. */
  runtimeDown(why: string | undefined): void {
    this.#runtimeDown = why;
    this.changed();
  }

  /** Keeps the node until `signal` is aborted; what fails is tried again. Call it once. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#retry(() => this.#register(), signal);
    if (signal.aborted) return;
    this.#event('Normal', 'Starting', 'Starting kubelet.');
    await Promise.all([this.#keepLease(signal), this.#keepStatus(signal)]);
  }

  async #register(): Promise<void> {
    const { nodes, input } = this.#options;
    const wanted = newNode(input);
    try {
      this.#node = await nodes.create(wanted);
    } catch (error) {
      if (!isStatusError(error, 'AlreadyExists')) throw error;
      const found = await nodes.get({ name: input.nodeName });
      const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
      const spec = { ...wanted.spec, ...found.spec };
      const same = JSON.stringify([labels, spec]) === JSON.stringify([found.metadata.labels, found.spec]);
      this.#node = same
        ? found
        : await nodes.update({ ...found, metadata: { ...found.metadata, labels }, spec });
    }
  }

  async #keepStatus(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let writtenMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      this.#changed = false;
      let ready = false;
      await this.#retry(async () => {
        const due = clock.monotonic() - writtenMs >= STATUS_MS;
        const written = await this.#writeStatus(due);
        if (written) writtenMs = clock.monotonic();
        ready = isReady(this.#node);
      }, signal);
      if (!this.#changed) await this.#untilChanged(ready ? STATUS_MS : UNREADY_MS, signal);
    }
  }

  /** Resolves when something has changed, after `limitMs`, or when the kubelet stops. */
  async #untilChanged(limitMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wake = wake;
    signal.addEventListener('abort', wake, { once: true });
    if (signal.aborted) wake();
    await sleep(this.#options.clock, limitMs, woken.signal);
    signal.removeEventListener('abort', wake);
  }

  async #writeStatus(always: boolean): Promise<boolean> {
    const { nodes, runtime, clock, input } = this.#options;
    const before = this.#node;
    const notReady = this.#runtimeDown ?? (await this.#runtimeProblem());
    const images = this.#runtimeDown ? [] : await runtime.listImages().catch(() => []);
    const status = nodeStatus(input, { images, notReady }, before?.status, clock.now());
    if (!before || (!always && isSameNodeStatus(before.status, status))) return false;
    try {
      this.#node = await nodes.updateStatus({ ...before, status });
    } catch (error) {
      if (isStatusError(error, 'NotFound')) await this.#register();
      else if (isStatusError(error, 'Conflict')) this.#node = await nodes.get({ name: input.nodeName });
      else throw error;
      return this.#writeStatus(always);
    }
    this.#reportChanges(before, this.#node);
    return true;
  }

  async #runtimeProblem(): Promise<string | undefined> {
    try {
      for (const { type, status, reason, message } of await this.#options.runtime.status()) {
        if (status) continue;
        const what =
          type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
        return `${what}: ${type}=false reason:${reason} message:${message}`;
      }
      return undefined;
    } catch (error) {
      return `container runtime is down: ${(error as Error).message}`;
    }
  }

  #reportChanges(before: Node, after: Node): void {
    const name = this.#options.input.nodeName;
    const statusOf = (node: Node, type: string) =>
      node.status?.conditions?.find(c => c.type === type)?.status;
    const changed = (type: string) => statusOf(before, type) !== statusOf(after, type);
    const say = (reason: string) => this.#event('Normal', reason, `Node ${name} status is now: ${reason}`);
    if (changed('MemoryPressure')) say('NodeHasSufficientMemory');
    if (changed('DiskPressure')) say('NodeHasNoDiskPressure');
    if (changed('PIDPressure')) say('NodeHasSufficientPID');
    if (changed('Ready')) say(statusOf(after, 'Ready') === 'True' ? 'NodeReady' : 'NodeNotReady');
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { nodeName: name } = this.#options.input;
    // Upstream's kubelet gives the node's name as its uid, and kubectl looks for that.
    this.#options.recorder.event({ kind: 'Node', name, uid: name }, type, reason, message);
  }

  async #keepLease(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let lease: Lease | undefined;
    while (!signal.aborted) {
      await this.#retry(async () => {
        lease = await this.#renew(lease);
      }, signal);
      await sleep(clock, RENEW_MS, signal);
    }
  }

  async #renew(lease: Lease | undefined): Promise<Lease> {
    const { leases, clock, input } = this.#options;
    const { nodeName: name } = input;
    const renewTime = rfc3339Micro(clock.now());
    const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    if (lease) {
      try {
        return await leases.update({ ...lease, spec: { ...lease.spec, ...spec } });
      } catch (error) {
        if (!isStatusError(error, 'Conflict') && !isStatusError(error, 'NotFound')) throw error;
      }
    }
    try {
      const found = await leases.get({ namespace: LEASE_NAMESPACE, name });
      return await leases.update({ ...found, spec: { ...found.spec, ...spec } });
    } catch (error) {
      if (!isStatusError(error, 'NotFound')) throw error;
    }
    const owner = { apiVersion: 'v1', kind: 'Node', name, uid: this.#node?.metadata.uid ?? '' };
    return leases.create({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: LEASE_NAMESPACE, ownerReferences: [owner] },
      spec,
    });
  }

  /** Until it works, or the kubelet stops. */
  async #retry(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        log.warn('node not kept', { error: String(error) });
        await sleep(clock, RETRY_MS, signal);
      }
    }
  }
}

const isReady = (node: Node | undefined) =>
  node?.status?.conditions?.find(c => c.type === 'Ready')?.status === 'True';
