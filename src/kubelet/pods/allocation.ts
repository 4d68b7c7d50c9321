/**
 * Which resources of a pod the node has agreed to (KEP-1287). A pod that asks for more by a resize goes
 * on with what it has until the node has room: everything in the kubelet sees the pod with what it is
 * allocated, and only the question whether a resize may go on sees what it asks for. Pure.
 */
import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Container, ResourceRequirements } from '../../generated/core-v1.ts';
import { podRequests } from '../cgroups/pod-resources.ts';
import { type AdmissionInput, lacking } from './admission.ts';
import type { NodePod } from './pod.ts';

export interface Allocation {
  /** Of the pod as a whole (KEP-5419). */
  readonly ofPod: ResourceRequirements | undefined;
  /** By container name. */
  readonly containers: ReadonlyMap<string, ResourceRequirements>;
}

export interface PendingResize {
  /** Infeasible: the node can never do it. Deferred: not now. */
  readonly reason: 'Infeasible' | 'Deferred';
  readonly message: string;
  /** The pod as it asks to be. */
  readonly desired: NodePod;
}

const containersOf = ({ spec }: NodePod): readonly Container[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

export const allocationOf = (pod: NodePod): Allocation => ({
  ofPod: pod.spec.resources,
  containers: new Map(containersOf(pod).map(({ name, resources }) => [name, resources ?? {}])),
});

/** What the pod's status says of a resize that waits. */
export function knownPending(pod: NodePod): PendingResize | undefined {
  const found = pod.status?.conditions?.find(
    ({ type, status }) => type === 'PodResizePending' && status === 'True',
  );
  if (!found) return undefined;
  const reason = found.reason === 'Infeasible' ? 'Infeasible' : 'Deferred';
  return { reason, message: found.message ?? '', desired: pod };
}

/** Of a pod that ran before the kubelet did: its status tells while a resize waits. */
export function knownAllocation(pod: NodePod): Allocation {
  const {
    containerStatuses = [],
    initContainerStatuses = [],
    allocatedResources,
    resources,
  } = pod.status ?? {};
  const asked = allocationOf(pod);
  if (!knownPending(pod)) return asked;
  const known = new Map(
    [...initContainerStatuses, ...containerStatuses].map(({ name, allocatedResources, resources }) => [
      name,
      {
        ...(resources?.limits ? { limits: resources.limits } : {}),
        ...(allocatedResources ? { requests: allocatedResources } : {}),
      },
    ]),
  );
  const { limits, requests } = asked.ofPod ?? {};
  return {
    ofPod: asked.ofPod && {
      ...(limits ? { limits: { ...limits, ...pick(resources?.limits, limits) } } : {}),
      ...(requests ? { requests: { ...requests, ...pick(allocatedResources, requests) } } : {}),
    },
    containers: new Map([...asked.containers, ...known]),
  };
}

const pick = (amounts: Readonly<Record<string, string>> = {}, names: object): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).filter(([name]) => Object.hasOwn(names, name)));

/** The pod with what it is allocated; the same object when that is what it asks for. */
export function withAllocation(pod: NodePod, allocation: Allocation): NodePod {
  const { ofPod } = allocation;
  const isSame = containersOf(pod).every(({ name, resources }) =>
    deepEqual(resources ?? {}, allocation.containers.get(name) ?? resources ?? {}),
  );
  if (isSame && deepEqual(pod.spec.resources, ofPod)) return pod;
  const apply = (container: Container): Container => ({
    ...container,
    resources: allocation.containers.get(container.name) ?? container.resources,
  });
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(ofPod ? { resources: ofPod } : {}),
      containers: containers.map(apply),
      ...(initContainers ? { initContainers: initContainers.map(apply) } : {}),
    },
  };
}

/** Undefined: the node has room for what the pod asks for. */
export function judgeResize(
  input: Pick<AdmissionInput, 'pod' | 'others' | 'allocatable'>,
): PendingResize | undefined {
  const { pod, allocatable } = input;
  const requests = podRequests(pod) ?? {};
  for (const [name, count] of [
    ['memory', quantityValue],
    ['cpu', quantityMilliValue],
  ] as const) {
    const [wanted, capacity] = [count(requests[name] ?? '0'), count(allocatable[name] ?? '0')];
    if (wanted <= capacity) continue;
    const message = `Node didn't have enough capacity: ${name}, requested: ${wanted}, capacity: ${capacity}`;
    return { reason: 'Infeasible', message, desired: pod };
  }
  const lack = lacking(input);
  return lack && { reason: 'Deferred', message: lack.message, desired: pod };
}

/** Whether the container's resizePolicy asks for a restart when its resources become others. */
export function resizeRestarts(container: Container, inForce: ResourceRequirements): boolean {
  const next = container.resources ?? {};
  return (container.resizePolicy ?? []).some(
    ({ resourceName: name, restartPolicy }) =>
      restartPolicy === 'RestartContainer' &&
      (next.limits?.[name] !== inForce.limits?.[name] || next.requests?.[name] !== inForce.requests?.[name]),
  );
}
