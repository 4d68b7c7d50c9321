/** PodTopologyLabels (KEP-4742): a pod on a node has that node's zone and region among its own labels. */
import type { Node, Pod } from '../../../generated/core-v1.ts';
import type { ServerCore } from '../../core.ts';
import type { AdmissionPlugin } from '../chain.ts';

const COPIED = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'];

/** Pods that are made for a node; those that are bound to one get theirs from the binding. */
export function podTopologyLabels(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    admit({ operation, resource, subresource, object }) {
      if (operation !== 'CREATE' || subresource !== '') return;
      if (resource.definition.group !== '' || resource.definition.kind !== 'Pod') return;
      const { metadata, spec } = object as Pod;
      const labels = topologyLabelsOf(core(), spec.nodeName ?? '');
      if (labels) metadata.labels = { ...metadata.labels, ...labels };
    },
  };
}

/** Undefined where there is nothing to copy: a node that does not exist is no reason to refuse. */
export function topologyLabelsOf(core: ServerCore, nodeName: string): Record<string, string> | undefined {
  const nodes = core.resources.lookup('', 'v1', 'nodes');
  const labels = nodes && core.cache.get<Node>(nodes.key('', nodeName))?.object.metadata.labels;
  const found = COPIED.flatMap(key => {
    const value = labels?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
