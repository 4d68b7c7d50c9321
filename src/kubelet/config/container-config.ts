/** What the runtime is asked to make of a container. Pure: env, mounts and image come resolved. */
import type { Container } from '../../generated/core-v1.ts';
import { containerResources, type NodeCapacity } from '../cgroups/container-resources.ts';
import type { ContainerConfig, Image, Mount } from '../cri/contract.ts';
import * as labels from '../pods/labels.ts';
import { type NodePod, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { expand } from './expand.ts';
import { containerSecurity } from './security.ts';

export interface ContainerFacts {
  readonly restartCount: number;
  readonly image: Image;
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly node: NodeCapacity;
  /** Id of the container whose process namespace it joins. */
  readonly targetId?: string;
  /** The folder of the node's own seccomp profiles. */
  readonly seccompRoot: string;
}

/** @throws StartFailure when runAsNonRoot cannot be kept. */
export function containerConfig(pod: NodePod, container: Container, facts: ContainerFacts): ContainerConfig {
  const { env, restartCount, image } = facts;
  const expanded = (list: readonly string[] | undefined) =>
    (list ?? []).map(text => expand(text, name => env.get(name)));
  return {
    metadata: { name: container.name, attempt: restartCount },
    // The id, so that a tag that moves meanwhile changes nothing.
    image: { image: image.id, userSpecifiedImage: container.image ?? '' },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value })),
    mounts: facts.mounts,
    devices: [],
    labels: {
      [labels.POD_NAME]: nameOf(pod),
      [labels.POD_NAMESPACE]: namespaceOf(pod),
      [labels.POD_UID]: uidOf(pod),
      [labels.CONTAINER_NAME]: container.name,
    },
    annotations: {
      [labels.CONTAINER_HASH]: labels.containerHash(container),
      [labels.RESTART_COUNT]: String(restartCount),
      [labels.TERMINATION_MESSAGE_PATH]: container.terminationMessagePath ?? '',
      [labels.TERMINATION_MESSAGE_POLICY]: container.terminationMessagePolicy ?? 'File',
      [labels.POD_GRACE_PERIOD]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    },
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: containerResources(pod, container, facts.node),
      securityContext: containerSecurity(pod, container, image, facts),
    },
  };
}
