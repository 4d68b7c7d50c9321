/** What the plugins that look at changes of pods on their nodes have in common. */
import { forbidden } from '../../../api/status-error.ts';
import { semanticEqual } from '../../../api/validation/checks.ts';
import type { Node, Pod } from '../../../generated/core-v1.ts';
import type { ServerCore } from '../../core.ts';
import type { AdmissionRequest } from '../chain.ts';

interface BoundPodUpdate {
  readonly pod: Pod;
  readonly old: Pod;
  /** @throws StatusError 403 when it is not there */
  node(): Node;
}

/** Undefined unless the spec of a pod that is on a node changes, by way of one of `subresources`. */
export function boundPodUpdate(
  core: () => ServerCore,
  { operation, resource, subresource, object, oldObject, name }: AdmissionRequest,
  subresources: readonly string[],
): BoundPodUpdate | undefined {
  if (operation !== 'UPDATE' || !subresources.includes(subresource)) return undefined;
  if (resource.definition.group !== '' || resource.definition.kind !== 'Pod') return undefined;
  const [pod, old] = [object as Pod, oldObject as Pod];
  const { nodeName } = pod.spec;
  if (!nodeName || semanticEqual(pod.spec, old.spec)) return undefined;
  return {
    pod,
    old,
    node() {
      const nodes = core().resources.lookup('', 'v1', 'nodes');
      const node = nodes && core().cache.get<Node>(nodes.key('', nodeName))?.object;
      if (!node) throw forbidden(resource.named, name, `node ${JSON.stringify(nodeName)} not found`);
      return node;
    },
  };
}
