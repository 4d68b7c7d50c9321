/**
 * In-place resize (KEP-1287, KEP-5419): when the resources of a running container change, its cgroup
 * is written, and the pod's; those of the pod as a whole may change alone. What is in force is kept here and shown in the status, from where it is
 * taken up again when the kubelet was stopped before the resize was through.
 */
import { canonicalJson } from '../../base/canonical-json.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Container, ResourceRequirements } from '../../generated/core-v1.ts';
import { containerResources } from '../cgroups/container-resources.ts';
import { podResources } from '../cgroups/pod-resources.ts';
import { resizeRestarts } from './allocation.ts';
import { type Parts, podEvent } from './parts.ts';
import { containerNamed, type NodePod, uidOf } from './pod.ts';
import { type ContainerRecord, isRunning } from './runtime-state.ts';

interface RunningContainer {
  readonly record: ContainerRecord;
  readonly container: Container;
}

export interface ResizeChanges {
  /** Containers whose cgroup is written while they run. */
  readonly inPlace: readonly RunningContainer[];
  /** Ids of those that are made again (resizePolicy). */
  readonly restart: ReadonlySet<string>;
  /** What is set for the pod as a whole is another. */
  readonly ofPod: boolean;
}

const isNone = ({ inPlace, restart, ofPod }: ResizeChanges) => !ofPod && inPlace.length + restart.size === 0;

export class PodResizer {
  readonly #parts: Parts;
  readonly #inForce = new Map<string, ResourceRequirements>();
  /** What is in force for the pod as a whole. */
  #ofPod: ResourceRequirements | undefined;
  #isResizing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get isResizing(): boolean {
    return this.#isResizing;
  }

  /** Undefined for containers that do not run. */
  inForce(containerId: string): ResourceRequirements | undefined {
    return this.#inForce.get(containerId);
  }

  /** What runs with other resources than it is to have. */
  changes(pod: NodePod): ResizeChanges {
    const inPlace: RunningContainer[] = [];
    const restart = new Set<string>();
    const followed = this.#follow(pod);
    for (const running of followed) {
      const { record, container } = running;
      const inForce = this.#inForce.get(record.status.id) ?? {};
      if (deepEqual(inForce, container.resources ?? {})) continue;
      if (resizeRestarts(container, inForce)) restart.add(record.status.id);
      else inPlace.push(running);
    }
    return { inPlace, restart, ofPod: followed.length > 0 && this.#changesOfPod(pod) };
  }

  /** A pod that is new here has what its status says. */
  #changesOfPod(pod: NodePod): boolean {
    if (!pod.spec.resources) return false;
    const wanted = podResources(pod);
    this.#ofPod ??= pod.status?.resources ?? wanted;
    return !deepEqual(this.#ofPod, wanted);
  }

  /** Tells that there are changes to be made. `onProgress`: `isResizing` or what is in force has changed. */
  begin(pod: NodePod, changes: ResizeChanges, onProgress: () => void): void {
    if (this.#isResizing || isNone(changes)) return;
    podEvent(this.#parts, pod)('Normal', 'ResizeStarted', `Pod resize started: ${resizeSummary(pod)}`);
    this.#isResizing = true;
    onProgress();
  }

  /** Writes the cgroups of the pod, and of the containers that go on running. */
  async apply(pod: NodePod, changes: ResizeChanges): Promise<void> {
    const parts = this.#parts;
    if (isNone(changes)) return;
    await parts.cgroups.apply(pod);
    this.#ofPod = podResources(pod);
    for (const { record, container } of changes.inPlace) {
      const resources = containerResources(pod, container, parts.node.capacity);
      await parts.runtime.updateContainerResources(record.status.id, resources);
      this.#inForce.set(record.status.id, container.resources ?? {});
    }
  }

  /** Tells of the end, when nothing is left to change: it was made, or taken back. */
  finish(pod: NodePod, onProgress: () => void): void {
    if (!this.#isResizing) return;
    if (!isNone(this.changes(pod))) return;
    podEvent(this.#parts, pod)('Normal', 'ResizeCompleted', `Pod resize completed: ${resizeSummary(pod)}`);
    this.#isResizing = false;
    onProgress();
  }

  /** The containers that run; one that is new here has what its status says, or its spec. */
  #follow(pod: NodePod): readonly RunningContainer[] {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    const running = this.#parts.cache.state(uidOf(pod)).containers.filter(isRunning);
    const found = running.flatMap(record => {
      const { id } = record.status;
      const container = containerNamed(pod, record.name)?.container;
      if (!container) return [];
      if (!this.#inForce.has(id)) {
        const known = statuses.find(status => status.containerID === `containerd://${id}`)?.resources;
        this.#inForce.set(id, known ?? container.resources ?? {});
      }
      return [{ record, container }];
    });
    const ids = new Set(running.map(record => record.status.id));
    for (const id of this.#inForce.keys()) if (!ids.has(id)) this.#inForce.delete(id);
    return found;
  }
}

/** As the events of a resize name it: fields in the order of Go's struct, maps by key. */
export function resizeSummary({ spec, metadata }: NodePod, error?: string): string {
  const list = (containers: readonly Container[]) =>
    `[${containers.map(({ name, resources = {} }) => `{"name":${JSON.stringify(name)},"resources":${canonicalJson(resources)}}`).join(',')}]`;
  const { initContainers = [] } = spec;
  const fields = [
    ...(initContainers.length > 0 ? [`"initContainers":${list(initContainers)}`] : []),
    `"containers":${list(spec.containers)}`,
    `"generation":${metadata.generation ?? 0}`,
    ...(error ? [`"error":${JSON.stringify(error)}`] : []),
  ];
  return `{${fields.join(',')}}`;
}
