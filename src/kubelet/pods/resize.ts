/**
 * In-place resize (KEP-1287): when the resources of a running container change, its cgroup is
 * written, and the pod's. What is in force is kept here and shown in the status, from where it is
 * taken up again when the kubelet was stopped before the resize was through.
 */
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
      ({ record, container }) =>
        canonical(this.#inForce.get(record.status.id)) !== canonical(container.resources ?? {}),
    );
    if (changed.length === 0) return;
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
    this.#isResizing = false;
    event('Normal', 'ResizeCompleted', `Pod resize completed: ${summary}`);
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

const describe = (pod: NodePod): string =>
  JSON.stringify({
    containers: pod.spec.containers
      .filter(container => Object.keys(container.resources ?? {}).length > 0)
      .map(container => ({ name: container.name, resources: sorted(container.resources) })),
    generation: pod.metadata.generation,
  });

const canonical = (value: unknown) => JSON.stringify(sorted(value));

function sorted(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, sorted(v)]));
}
