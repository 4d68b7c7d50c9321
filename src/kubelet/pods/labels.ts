/** The labels and annotations by which the kubelet knows its containers again (as upstream's). */
import { createHash } from 'node:crypto';
import type { Container } from '../../generated/core-v1.ts';

export const POD_NAME = 'io.kubernetes.pod.name';
export const POD_NAMESPACE = 'io.kubernetes.pod.namespace';
export const POD_UID = 'io.kubernetes.pod.uid';
export const CONTAINER_NAME = 'io.kubernetes.container.name';
export const CONTAINER_HASH = 'io.kubernetes.container.hash';
export const RESTART_COUNT = 'io.kubernetes.container.restartCount';
export const TERMINATION_MESSAGE_PATH = 'io.kubernetes.container.terminationMessagePath';
export const TERMINATION_MESSAGE_POLICY = 'io.kubernetes.container.terminationMessagePolicy';
export const POD_GRACE_PERIOD = 'io.kubernetes.pod.terminationGracePeriod';

/**
 * Changes when a running container must be made again. Only name and image count, as upstream:
 * everything else of a container is immutable, but resources, which are changed in place.
 */
export function containerHash(container: Container): string {
  const input = JSON.stringify([container.name, container.image ?? '']);
  return createHash('sha256').update(input).digest('hex').slice(0, 8);
}
