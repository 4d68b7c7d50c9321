/** Makes pods from a template and deletes them, and says so in events about their owner. */
import type { GroupVersionKind, KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { Client, ResourceClient } from '../../client/contract.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import { controllerReference } from '../../client/owner-reference.ts';
import { PODS } from '../../client/resources.ts';
import type { Pod, PodTemplateSpec } from '../../generated/core-v1.ts';

/** The pod a template describes, without a name. */
export function podFromTemplate(
  template: PodTemplateSpec,
  owner: KubeObject,
  ownerKind: GroupVersionKind,
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: owner.metadata.namespace,
      generateName: `${owner.metadata.name}-`,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerReference(owner, ownerKind)],
    },
    spec: template.spec ?? { containers: [] },
  };
}

export class PodControl {
  readonly #pods: ResourceClient<Pod>;
  readonly #recorder: EventRecorder;

  constructor(client: Client, recorder: EventRecorder) {
    this.#pods = client.resource<Pod>(PODS);
    this.#recorder = recorder;
  }

  async create(pod: Pod, owner: KubeObject): Promise<Pod> {
    try {
      const created = await this.#pods.create(pod);
      this.#recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        this.#recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  /** A pod that is not there any more is as good as deleted, and nothing is said of it. */
  async delete(pod: Pod, owner: KubeObject): Promise<void> {
    const { namespace, name = '', uid } = pod.metadata;
    try {
      await this.#pods.delete({ namespace, name }, uid ? { preconditions: { uid } } : {});
    } catch (error) {
      if (isStatusError(error, 'NotFound') || isStatusError(error, 'Conflict')) throw error;
      this.#recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
    this.#recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
  }
}

/** A namespace that is being deleted takes nothing new: no failure of the controller. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    isStatusError(error, 'Forbidden') &&
    (error.details?.causes ?? []).some(cause => cause.reason === 'NamespaceTerminating')
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
