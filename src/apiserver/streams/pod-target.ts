/**
 * Which container of which pod a stream is about, with upstream's answers where it cannot be told
 * (registry/core/pod strategy: LogLocation, streamLocation).
 */
import { badRequest, notFound } from '../../api/status-error.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { ContainerTarget } from '../../wire/streams/contract.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';

const PODS = { group: '', resource: 'pods' } as const;
const NODES = { group: '', resource: 'nodes' } as const;
/** Says which container is meant when a request names none (kubectl reads it too). */
const DEFAULT_CONTAINER = 'kubectl.kubernetes.io/default-container';

/** @throws StatusError 404 */
export function findPod(core: ServerCore, namespace: string, name: string): Pod {
  const found = core.cache.get<Pod>(keyFor(PODS, namespace, name));
  if (!found) throw notFound(PODS, name);
  return found.object;
}

/** @throws StatusError 400 when the pod has no such container, or several and none is named. */
export function containerOf(pod: Pod, requested: string): string {
  const name = pod.metadata.name ?? '';
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (requested === '') {
    const [only] = containers;
    if (only && containers.length === 1) return only.name;
    const preferred = pod.metadata.annotations?.[DEFAULT_CONTAINER];
    if (preferred && containers.some(c => c.name === preferred)) return preferred;
    const choices = containers.map(c => c.name).join(' ');
    const init =
      initContainers.length > 0
        ? ` or one of the init containers: [${initContainers.map(c => c.name).join(' ')}]`
        : '';
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${choices}]${init}`,
    );
  }
  if (![...containers, ...initContainers, ...ephemeralContainers].some(c => c.name === requested)) {
    throw badRequest(`container ${requested} is not valid for pod ${name}`);
  }
  return requested;
}

/** @throws StatusError when the pod has no node yet, or its node is not there. */
export function checkHost(core: ServerCore, pod: Pod): void {
  const node = pod.spec.nodeName;
  if (!node) throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  // Upstream answers with the pods resource and the node's name; clients see the name.
  if (!core.cache.get(keyFor(NODES, undefined, node))) throw notFound(PODS, node);
}

export function targetOf(pod: Pod, container: string): ContainerTarget {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  return { namespace, pod: name, uid, container };
}
