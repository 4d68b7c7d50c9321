/**
 * Priority: a pod's priority is the number behind its class's name, and of the default class, or 0,
 * when it names none. Clients cannot set the number itself.
 */
import { forbidden } from '../../api/status-error.ts';
import type { Pod } from '../../generated/core-v1.ts';
import type { PriorityClass } from '../../generated/scheduling-v1.ts';
import { keyFor, prefixFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from './chain.ts';

const PODS = { group: '', resource: 'pods' };
const CLASSES = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
const SYSTEM = /^system-(node|cluster)-critical$/;

export function priorityAdmission(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'Priority',
    admit(request) {
      const { operation, resource, subresource, object, oldObject } = request;
      if (resource.definition.group !== '' || resource.definition.kind !== 'Pod' || subresource !== '')
        return;
      if (operation === 'CREATE') resolvePriority(core(), request, object as Pod);
      else if (operation === 'UPDATE') keepPriority(object as Pod, oldObject as Pod);
    },
    validate(request) {
      const { operation, resource, name } = request;
      const { group, plural } = resource.definition;
      if (operation !== 'DELETE' || group !== CLASSES.group || plural !== CLASSES.resource) return;
      if (SYSTEM.test(name))
        throw forbidden(CLASSES, name, 'this is a system priority class and cannot be deleted');
    },
  };
}

function resolvePriority(core: ServerCore, request: AdmissionRequest, pod: Pod): void {
  const name = shownName(request);
  const { spec } = pod;
  const found = spec.priorityClassName ? classNamed(core, spec.priorityClassName) : defaultClass(core);
  if (spec.priorityClassName && !found)
    throw forbidden(PODS, name, `no PriorityClass with name ${spec.priorityClassName} was found`);
  const value = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== value)
    throw forbidden(
      PODS,
      name,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw forbidden(
      PODS,
      name,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  if (found) spec.priorityClassName = found.metadata.name;
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

/** A manifest applied again does not name what admission filled in. */
function keepPriority({ spec }: Pod, { spec: old }: Pod): void {
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined)
    spec.preemptionPolicy = old.preemptionPolicy;
}

function classNamed(core: ServerCore, name: string): PriorityClass | undefined {
  return core.cache.get<PriorityClass>(keyFor(CLASSES, '', name))?.object;
}

/** Several defaults: the lowest, so that the order of creation does not matter. */
function defaultClass(core: ServerCore): PriorityClass | undefined {
  let found: PriorityClass | undefined;
  for (const { object } of core.cache.list<PriorityClass>(prefixFor(CLASSES)))
    if (object.globalDefault && (found === undefined || (object.value ?? 0) < (found.value ?? 0)))
      found = object;
  return found;
}
