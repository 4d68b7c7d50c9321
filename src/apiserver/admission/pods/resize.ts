/**
 * PodResizeValidator (KEP-1287): a pod on a node is not resized to more than the whole node has, nor
 * on a node that cannot: told at once, where the kubelet could only say so later.
 */
import { podAmountsOf } from '../../../api/core/pod-spec/aggregate.ts';
import { compareQuantities, quantityMilliValue, quantityValue } from '../../../api/quantity.ts';
import { forbidden, StatusError } from '../../../api/status-error.ts';
import type { Node, Pod } from '../../../generated/core-v1.ts';
import type { ServerCore } from '../../core.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../chain.ts';
import { boundPodUpdate } from './update.ts';

export function podResize(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    validate(request) {
      const update = boundPodUpdate(core, request, ['resize']);
      if (!update) return;
      const node = update.node();
      const os = node.metadata.labels?.['kubernetes.io/os'];
      if (os !== undefined && os !== 'linux') {
        const why = `pod resize is only supported on linux nodes, node ${JSON.stringify(node.metadata.name)} is ${JSON.stringify(os)}`;
        throw refusal(request, 'UnsupportedPlatform', why);
      }
      const exceeded = exceededBy(update.pod, node);
      if (exceeded.length === 0) return;
      const why = `node didn't have enough allocatable resources: ${exceeded.join('; ')}`;
      throw refusal(request, 'NodeCapacity', why);
    },
  };
}

/** The memory is told in bytes, the CPU in thousandths. */
const TOLD = [
  ['cpu', quantityMilliValue],
  ['memory', quantityValue],
] as const;

function exceededBy({ spec }: Pod, { status }: Node): string[] {
  const requests = podAmountsOf(spec, 'requests');
  return TOLD.flatMap(([name, amount]) => {
    const [requested, allocatable] = [requests[name] ?? '0', status?.allocatable?.[name] ?? '0'];
    if (compareQuantities(requested, allocatable) <= 0) return [];
    return [`${name}, requested: ${amount(requested)}, allocatable: ${amount(allocatable)}`];
  });
}

function refusal({ resource, name }: AdmissionRequest, reason: string, why: string): StatusError {
  const { message, details } = forbidden(resource.named, name, why);
  return new StatusError({ reason: 'Forbidden', message, details: { ...details, causes: [{ reason }] } });
}
