/**
 * Gives each pod without a node the best one, and says why when there is none.
 *
 *   informers → ClusterState, SchedulingQueue → cycle (pure) → assume → bind
 *
 * A cycle is synchronous, so it sees one consistent state; the binding is sent without waiting for
 * the answer, and the pod counts as placed meanwhile (assumed). When the binding fails the place is
 * given back and the pod tried again after its backoff. Cycles yield to the event loop every few
 * milliseconds, so that a burst of pods does not hold up the API server in the same process.
 */
import { isStatusError } from '../api/status-error.ts';
import { aborted } from '../base/abort.ts';
import { type Clock, rfc3339, sleep } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { ignoreNotFound } from '../client/ignore-not-found.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { NAMESPACES, NODES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../client/resources.ts';
import type {
  Binding,
  Namespace,
  Node,
  PersistentVolumeClaim,
  Pod,
  PodCondition,
} from '../generated/core-v1.ts';
import { ClusterState } from './cluster-state.ts';
import { schedulePod } from './cycle.ts';
import { describeUnschedulable } from './diagnosis.ts';
import type { ClusterChange, SchedulerPlugin } from './plugin.ts';
import { type PodInfo, podInfo } from './pod-info.ts';
import { findPreemption, PREEMPTED, type Preemption, preemptionIneligibility } from './preemption.ts';
import { defaultProfile } from './profile.ts';
import { SchedulingQueue } from './queue.ts';

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  /** Writes events as `schedulerName`; series form. */
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Absent: default-scheduler. Pods with another spec.schedulerName are left alone. */
  readonly schedulerName?: string;
  readonly profile?: readonly SchedulerPlugin[];
}

/** Cycles in a row before other work of the process gets its turn. */
const SLICE_MS = 8;

export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #name: string;
  readonly #profile: readonly SchedulerPlugin[];
  readonly #state = new ClusterState();
  readonly #queue: SchedulingQueue;
  readonly #writes = new Set<Promise<void>>();
  #wake: () => void = () => {};
  #synced = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#name = options.schedulerName ?? 'default-scheduler';
    this.#profile = options.profile ?? defaultProfile;
    this.#queue = new SchedulingQueue(options.clock, () => this.#wake());
  }

  /** Whether the first lists have arrived: the component's health. */
  get healthy(): boolean {
    return this.#synced;
  }

  /** Schedules until `signal` is aborted; resolves when the last write has been answered. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = this.#observe();
    try {
      await this.#untilSynced(signal);
      while (!signal.aborted) {
        await this.#drain(signal);
        await this.#nextWake(signal);
      }
    } finally {
      stop();
      this.#queue.stop();
      await Promise.all(this.#writes);
    }
  }

  async #untilSynced(signal: AbortSignal): Promise<void> {
    const { informers } = this.#options;
    const resources = [PODS, NODES, NAMESPACES, PERSISTENT_VOLUME_CLAIMS];
    const synced = Promise.all(resources.map(resource => informers.informer(resource).synced));
    await Promise.race([aborted(signal), synced]);
    this.#synced = !signal.aborted;
  }

  #observe(): () => void {
    const { informers } = this.#options;
    const changed = (change: ClusterChange) => this.#queue.changed(change);
    const stops = [
      informers.informer<Node>(NODES).addHandlers({
        added: node => {
          this.#state.setNode(node);
          changed('NodeAdded');
        },
        updated: (node, old) => {
          this.#state.setNode(node);
          if (matters(node, old)) changed('NodeChanged');
        },
        deleted: node => this.#state.deleteNode(node.metadata.name ?? ''),
      }),
      informers.informer<Namespace>(NAMESPACES).addHandlers({
        added: namespace => this.#state.setNamespace(namespace),
        updated: namespace => {
          this.#state.setNamespace(namespace);
          changed('NamespaceChanged');
        },
        deleted: namespace => this.#state.deleteNamespace(namespace.metadata.name ?? ''),
      }),
      informers.informer<PersistentVolumeClaim>(PERSISTENT_VOLUME_CLAIMS).addHandlers({
        added: claim => {
          this.#state.setClaim(claim);
          changed('ClaimChanged');
        },
        updated: claim => {
          this.#state.setClaim(claim);
          changed('ClaimChanged');
        },
        deleted: claim => this.#state.deleteClaim(claim),
      }),
      informers.informer<Pod>(PODS).addHandlers({
        added: pod => this.#podChanged(pod, undefined),
        updated: (pod, old) => this.#podChanged(pod, old),
        deleted: pod => this.#podGone(podInfo(pod).key, Boolean(pod.spec.nodeName)),
      }),
    ];
    return () => {
      for (const s of stops) s();
    };
  }

  #podChanged(pod: Pod, old: Pod | undefined): void {
    const info = podInfo(pod);
    const ended = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (ended) return this.#podGone(info.key, Boolean(pod.spec.nodeName));
    if (pod.spec.nodeName) {
      const isNews = !old?.spec.nodeName;
      this.#queue.delete(info.key);
      this.#state.setPod(pod);
      if (isNews) this.#queue.changed('PodAssigned');
      // A resize that gives something back makes room as the end of a pod does.
      else if (old && takesLess(info, podInfo(old))) this.#queue.changed('PodGone');
      return;
    }
    if ((pod.spec.schedulerName ?? this.#name) !== this.#name || info.terminating)
      return this.#queue.delete(info.key);
    if (this.#state.isAssumed(info.key)) return;
    const changedSpec =
      old !== undefined &&
      (old.metadata.generation !== pod.metadata.generation ||
        differ(old.metadata.labels, pod.metadata.labels));
    this.#queue.set(info, changedSpec);
  }

  #podGone(key: string, hadNode: boolean): void {
    this.#queue.delete(key);
    this.#state.deletePod(key);
    if (hadNode) this.#queue.changed('PodGone');
  }

  async #drain(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let until = clock.monotonic() + SLICE_MS;
    for (let pod = this.#queue.pop(); pod && !signal.aborted; pod = this.#queue.pop()) {
      this.#cycle(pod);
      if (clock.monotonic() >= until) {
        await sleep(clock, 0, signal);
        until = clock.monotonic() + SLICE_MS;
      }
    }
  }

  /** Resolves when a pod is active, or the scheduler is told to end. */
  #nextWake(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#wake = () => {};
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
      // What came in the turns between the last look and now has called nobody.
      if (signal.aborted || this.#queue.hasActive) done();
    });
  }

  #cycle(pod: PodInfo): void {
    const { random } = this.#options;
    // A gated pod has had its condition from the API server; there is nothing to report.
    if ((pod.pod.spec.schedulingGates ?? []).length > 0) {
      const gates = this.#profile.filter(p => p.name === 'SchedulingGates');
      return this.#queue.failed(pod, new Set(gates));
    }
    const snapshot = this.#state.snapshot();
    const result = schedulePod(pod, snapshot, this.#profile, random);
    if ('node' in result) {
      this.#state.assume(pod, result.node);
      return this.#write(this.#bind(pod, result.node));
    }
    this.#queue.failed(pod, result.refusedBy);
    const nodeCount = snapshot.nodes.length;
    const why = preemptionIneligibility(pod, snapshot, result);
    if (why !== undefined) {
      const message = describeUnschedulable(result, nodeCount, { kind: 'ineligible', why });
      return this.#write(this.#report(pod, message, pod.pod.status?.nominatedNodeName));
    }
    const preemption = findPreemption(pod, snapshot, result, this.#profile);
    const message = describeUnschedulable(result, nodeCount, { kind: preemption ? 'victims' : 'none' });
    this.#write(this.#preempt(pod, message, preemption));
  }

  /** Writes are bounded by the pods that are pending; failures are handled by the writers. */
  #write(writing: Promise<void>): void {
    const tracked = writing
      .catch((error: unknown) => this.#options.log.error('write failed', { error: String(error) }))
      .finally(() => this.#writes.delete(tracked));
    this.#writes.add(tracked);
  }

  async #bind(pod: PodInfo, node: string): Promise<void> {
    const { client, recorder, log } = this.#options;
    const name = pod.pod.metadata.name ?? '';
    try {
      const binding: Binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace: pod.namespace, uid: pod.uid },
        target: { kind: 'Node', name: node },
      };
      await client
        .resource<Pod>(PODS)
        .createSubresource({ namespace: pod.namespace, name }, 'binding', binding);
      recorder.event(pod.pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${node}`, {
        action: 'Binding',
      });
    } catch (error) {
      if (this.#state.isAssumed(pod.key)) this.#state.forget(pod.key);
      // Somebody deleted it, or bound it meanwhile: the watch tells which, nothing to try again.
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict'))
        return this.#queue.delete(pod.key, pod.uid);
      log.warn('binding failed', { pod: pod.key, node, error: String(error) });
      this.#queue.failed(pod, undefined);
    }
  }

  async #preempt(pod: PodInfo, message: string, preemption: Preemption | undefined): Promise<void> {
    await this.#report(pod, message, preemption?.node);
    for (const victim of preemption?.victims ?? []) await this.#evict(victim, pod, preemption?.node ?? '');
  }

  /** Says why the pod has no node. `nominated`: the node others are leaving for it. */
  async #report(pod: PodInfo, message: string, nominated: string | undefined): Promise<void> {
    const { client, clock, recorder } = this.#options;
    const status = pod.pod.status;
    const known = status?.conditions?.find(c => c.type === 'PodScheduled');
    recorder.event(pod.pod, 'Warning', 'FailedScheduling', message, { action: 'Scheduling' });
    const same = known?.reason === 'Unschedulable' && known.message === message && known.status === 'False';
    if (same && status?.nominatedNodeName === nominated) return;
    const condition: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: undefined,
      lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : rfc3339(clock.now()),
      ...(pod.pod.metadata.generation === undefined
        ? {}
        : { observedGeneration: pod.pod.metadata.generation }),
    };
    const body = { status: { conditions: [condition], nominatedNodeName: nominated ?? null } };
    const target = { namespace: pod.namespace, name: pod.pod.metadata.name ?? '' };
    const patch = { type: 'strategic', body } as const;
    await ignoreNotFound(client.resource<Pod>(PODS).patch(target, patch, { subresource: 'status' }));
  }

  /** The victim is told why (KEP-3329), then deleted with its own grace period. */
  async #evict(victim: PodInfo, preemptor: PodInfo, node: string): Promise<void> {
    const { client, clock, recorder } = this.#options;
    const pods = client.resource<Pod>(PODS);
    const target = { namespace: victim.namespace, name: victim.pod.metadata.name ?? '' };
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: PREEMPTED,
      message: `${this.#name}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: rfc3339(clock.now()),
    };
    try {
      await pods.patch(
        target,
        { type: 'strategic', body: { status: { conditions: [condition] } } },
        { subresource: 'status' },
      );
      await pods.delete(target, { preconditions: { uid: victim.uid } });
      recorder.event(victim.pod, 'Normal', 'Preempted', `Preempted by pod ${preemptor.uid} on node ${node}`, {
        action: 'Preempting',
      });
    } catch (error) {
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }
}

function takesLess({ requests }: PodInfo, before: PodInfo): boolean {
  return [...before.requests].some(([name, amount]) => (requests.get(name) ?? 0) < amount);
}

/** Whether a node's change may let pods in that were refused; heartbeats do not. */
function matters(node: Node, old: Node): boolean {
  return (
    differ(node.metadata.labels, old.metadata.labels) ||
    differ(node.spec, old.spec) ||
    differ(node.status?.allocatable, old.status?.allocatable)
  );
}

function differ(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}
