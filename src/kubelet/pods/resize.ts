/**
 * In-place resize (KEP-1287): when the resources of a running container change, its cgroup is
 * written, and the pod's. What is in force is kept here and shown in the status, from where it is
 * taken up again when the kubelet was stopped before the resize was through.
 */
import { canonicalJson } from '../../base/canonical-json.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { ResourceRequirements } from '../../generated/core-v1.ts';
import { containerResources } from '../cgroups/container-resources.ts';
import { type Parts, podEvent } from './parts.ts';
import { containerNamed, type NodePod, uidOf } from './pod.ts';
import { isRunning } from './runtime-state.ts';

export class PodResizer {
  readonly #parts: Parts;
  readonly #inForce = new Map<string, ResourceRequirements>();
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

  /** Writes what has changed. `onProgress`: `isResizing` or what is in force has changed. */
  async sync(pod: NodePod, onProgress: () => void): Promise<void> {
    const parts = this.#parts;
    const changed = this.#follow(pod).filter(
      ({ record, container }) => !deepEqual(this.#inForce.get(record.status.id), container.resources ?? {}),
    );
    if (changed.length === 0) {
      // One that failed has been taken back.
      if (this.#isResizing) this.#end(onProgress);
      return;
    }
    const event = podEvent(parts, pod);
    const summary = describe(pod);
    event('Normal', 'ResizeStarted', `Pod resize started: ${summary}`);
    this.#isResizing = true;
    onProgress();
    await parts.cgroups.apply(pod);
    for (const { record, container } of changed) {
      const resources = containerResources(pod, container, parts.node.capacity);
      await parts.runtime.updateContainerResources(record.status.id, resources);
      this.#inForce.set(record.status.id, container.resources ?? {});
    }
    event('Normal', 'ResizeCompleted', `Pod resize completed: ${summary}`);
    this.#end(onProgress);
  }

  #end(onProgress: () => void): void {
    this.#isResizing = false;
    onProgress();
  }

  /** The containers that run; one that is new here has what its status says, or its spec. */
  #follow(pod: NodePod) {
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

/** As the events of a resize name it: keys in order, as Go writes maps. */
const describe = (pod: NodePod): string =>
  canonicalJson({
    containers: pod.spec.containers
      .filter(container => Object.keys(container.resources ?? {}).length > 0)
      .map(({ name, resources }) => ({ name, resources })),
    generation: pod.metadata.generation,
  });
