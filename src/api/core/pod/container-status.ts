/** What pods/status says of containers: who may run again, as whom they run, and what they were given. */
import type {
  Container,
  ContainerStatus,
  Pod,
  PodSpec,
  PodStatus,
  ResourceStatus,
} from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
} from '../../field-error.ts';
import { inRange } from '../../validation/checks.ts';

const LISTS = [
  ['containerStatuses', 'containers'],
  ['initContainerStatuses', 'initContainers'],
  ['ephemeralContainerStatuses', undefined],
] as const;

/** A container that ended for good does not run again. */
export function validateContainerTransitions(next: PodStatus, { spec, status = {} }: Pod): FieldError[] {
  return LISTS.flatMap(([field, containers]) =>
    (status[field] ?? []).flatMap((before, i) => {
      const exitCode = before.state?.terminated?.exitCode;
      if (exitCode === undefined) return [];
      const runs = (next[field] ?? []).some(after => after.name === before.name && !after.state?.terminated);
      const own = containers && spec[containers]?.find(c => c.name === before.name);
      if (!runs || (containers && mayRestart(own, spec, exitCode))) return [];
      const path = child(at(`status.${field}`, i), 'state');
      return [forbiddenField(path, 'may not be transitioned to non-terminated state')];
    }),
  );
}

/** By a rule for its exit code, else by its own policy, else by its pod's. */
function mayRestart(container: Container | undefined, spec: PodSpec, exitCode: number): boolean {
  if (restartsAll(spec)) return true;
  if (!container) return false;
  const policy = container.restartPolicy;
  if (policy !== undefined && restartsByRule(container, exitCode)) return true;
  const decisive = policy ?? spec.restartPolicy;
  return decisive === 'OnFailure' ? exitCode !== 0 : decisive !== 'Never';
}

/** A rule of one container may restart all of them (KEP-5532). */
const restartsAll = (spec: PodSpec) =>
  [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some(c =>
    c.restartPolicyRules?.some(rule => rule.action === 'RestartAllContainers'),
  );

function restartsByRule({ restartPolicyRules = [] }: Container, exitCode: number): boolean {
  const first = restartPolicyRules.find(({ exitCodes }) => {
    if (exitCodes?.operator === 'In') return exitCodes.values?.includes(exitCode);
    return exitCodes?.operator === 'NotIn' && !exitCodes.values?.includes(exitCode);
  });
  return first?.action === 'Restart';
}

export function validateContainerReports(status: PodStatus, spec: PodSpec): FieldError[] {
  const users = LISTS.flatMap(([field]) => validateUsers(status[field] ?? [], spec, `status.${field}`));
  const allocated = LISTS.flatMap(([field, containers]) =>
    (status[field] ?? []).flatMap((report, i) => {
      const given = report.allocatedResourcesStatus ?? [];
      const path = child(at(`status.${field}`, i), 'allocatedResourcesStatus');
      if (!containers) {
        const error = forbiddenField(path, 'must not be specified in container status');
        return given.length > 0 ? [error] : [];
      }
      const own = spec[containers]?.find(c => c.name === report.name);
      return given.flatMap((resource, j) => validateAllocated(resource, own, at(path, j)));
    }),
  );
  return [...users, ...allocated];
}

const ID_MAX = 2 ** 31 - 1;

function validateUsers(reports: readonly ContainerStatus[], { os }: PodSpec, path: string): FieldError[] {
  return reports.flatMap(({ user }, i) => {
    const linux = user?.linux;
    if (!linux) return [];
    const here = `${at(path, i)}.user.linux`;
    if (os?.name === 'windows') return [forbiddenField(here, 'cannot be set for a windows pod')];
    return [
      ...inRange(child(here, 'uid'), linux.uid, 0, ID_MAX),
      ...inRange(child(here, 'gid'), linux.gid, 0, ID_MAX),
      ...(linux.supplementalGroups ?? []).flatMap((gid, g) =>
        inRange(at(child(here, 'supplementalGroups'), g), gid, 0, ID_MAX),
      ),
    ];
  });
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];

/** Something the container asked for, piece by piece. Containers that the pod does not have are let be. */
function validateAllocated(
  { name, resources = [] }: ResourceStatus,
  container: Container | undefined,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (container && !asksFor(container, name)) {
    const detail = name.startsWith('claim:')
      ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
      : "must match one of the container's resource requests";
    errors.push(invalidValue(child(path, 'name'), name, detail));
  }
  const seen = new Set<string>();
  resources.forEach(({ resourceID, health = '' }, k) => {
    const here = at(child(path, 'resources'), k);
    if (!HEALTH.includes(health)) errors.push(notSupported(child(here, 'health'), health, HEALTH));
    if (seen.has(resourceID)) errors.push(duplicate(child(here, 'resourceID'), resourceID));
    seen.add(resourceID);
  });
  return errors;
}

function asksFor({ resources }: Container, name: string): boolean {
  return name.startsWith('claim:')
    ? (resources?.claims ?? []).some(c => name === `claim:${c.name}${c.request ? `/${c.request}` : ''}`)
    : resources?.requests?.[name] !== undefined;
}
