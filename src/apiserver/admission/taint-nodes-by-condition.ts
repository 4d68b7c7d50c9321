/** TaintNodesByCondition: a node takes no pods before its kubelet has said that it is ready. */
import type { Node } from '../../generated/core-v1.ts';
import type { AdmissionPlugin } from './chain.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  admit({ operation, resource, subresource, object }) {
    if (operation !== 'CREATE' || subresource !== '') return;
    if (resource.definition.group !== '' || resource.definition.kind !== 'Node') return;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(t => t.key === NOT_READY.key && t.effect === NOT_READY.effect)) return;
    node.spec = { ...node.spec, taints: [...taints, { ...NOT_READY }] };
  },
};
