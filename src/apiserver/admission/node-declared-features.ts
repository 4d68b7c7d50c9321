/**
 * NodeDeclaredFeatureValidator (KEP-5328): a change of a pod that is on a node may need something
 * that the node has to say it can do. In v1.36 that is changing the CPU of a Guaranteed pod.
 */
import { qosClassOf } from '../../api/core/pod/qos.ts';
import { forbidden } from '../../api/status-error.ts';
import { semanticEqual } from '../../api/validation/checks.ts';
import type { Node, Pod } from '../../generated/core-v1.ts';
import type { ServerCore } from '../core.ts';
import type { AdmissionPlugin } from './chain.ts';

const GUARANTEED_CPU_RESIZE = 'GuaranteedQoSPodCPUResize';

export function nodeDeclaredFeatures(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'NodeDeclaredFeatureValidator',
    validate({ operation, resource, subresource, object, oldObject, name }) {
      if (operation !== 'UPDATE' || (subresource !== '' && subresource !== 'resize')) return;
      if (resource.definition.group !== '' || resource.definition.kind !== 'Pod') return;
      const [pod, old] = [object as Pod, oldObject as Pod];
      const { nodeName } = pod.spec;
      if (!nodeName || !changesGuaranteedCpu(pod, old)) return;
      const nodes = core().resources.lookup('', 'v1', 'nodes');
      const node = nodes && core().cache.get<Node>(nodes.key('', nodeName))?.object;
      const refuse = (why: string) => forbidden(resource.named, name, why);
      if (!node) throw refuse(`node ${JSON.stringify(nodeName)} not found`);
      const declared = node.status?.declaredFeatures ?? [];
      if (!declared.includes(GUARANTEED_CPU_RESIZE))
        throw refuse(
          `pod update requires features ${GUARANTEED_CPU_RESIZE} which are not available on node ${JSON.stringify(nodeName)}`,
        );
    },
  };
}

function changesGuaranteedCpu(pod: Pod, old: Pod): boolean {
  return qosClassOf(old.spec) === 'Guaranteed' && !semanticEqual(cpuOf(pod), cpuOf(old));
}

const cpuOf = ({ spec }: Pod) =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map(({ resources }) => [
    resources?.requests?.['cpu'],
    resources?.limits?.['cpu'],
  ]);
