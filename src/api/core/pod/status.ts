/** Writes to pods/status: what they may touch, and what a status must be. */
import type { ContainerStatus, Pod, PodStatus } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue } from '../../field-error.ts';
import { checkQualifiedName, nonNegative, semanticEqual } from '../../validation/checks.ts';
import { parseIp } from '../../validation/ip.ts';
import { qosClassOf } from './qos.ts';

export function prepareStatusUpdate(next: Pod, old: Pod): void {
  next.spec = structuredClone(old.spec);
  // Owners and deletion are not the status writer's to change.
  for (const field of ['ownerReferences', 'deletionTimestamp'] as const) {
    if (old.metadata[field] === undefined) delete next.metadata[field];
    else Object.assign(next.metadata, { [field]: old.metadata[field] });
  }
  next.status ??= {};
  const { status } = next;
  status.qosClass ||= old.status?.qosClass || qosClassOf(next.spec);
  syncAddress(status, 'podIP', 'podIPs');
  syncAddress(status, 'hostIP', 'hostIPs');
}

/** The old singular field and the first of the list say the same: what was given fills the other. */
function syncAddress(status: PodStatus, one: 'podIP' | 'hostIP', many: 'podIPs' | 'hostIPs'): void {
  const list = status[many] ?? [];
  const first = status[one];
  if (first && list.length === 0) status[many] = [{ ip: first }];
  else if (first && list[0]?.ip !== first) status[many] = [{ ip: first }];
  else if (!first && list[0]?.ip) status[one] = list[0].ip;
}

export function validateStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const status = next.status ?? {};
  const errors: FieldError[] = [];
  if (next.spec.nodeName !== old.spec.nodeName) {
    errors.push(forbiddenField('status.nodeName', 'pod node name may not be changed directly'));
  }
  (status.conditions ?? []).forEach(({ type }, i) => {
    errors.push(...checkQualifiedName(child(at('status.conditions', i), 'type'), type));
  });
  errors.push(...nonNegative('status.observedGeneration', status.observedGeneration));
  for (const [field, restartable] of [
    ['containerStatuses', next.spec.restartPolicy !== 'Never'],
    ['initContainerStatuses', true],
  ] as const) {
    errors.push(
      ...validateTransitions(status[field] ?? [], old.status?.[field] ?? [], `status.${field}`, {
        restartable,
        policy: next.spec.restartPolicy ?? 'Always',
      }),
    );
  }
  errors.push(...validateAddresses(status.podIPs ?? [], 'status.podIPs', 'PodIP'));
  errors.push(...validateAddresses(status.hostIPs ?? [], 'status.hostIPs', 'HostIP'));
  return errors;
}

/** A container that ended for good does not run again under the same restart count. */
function validateTransitions(
  next: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  path: string,
  rule: { readonly restartable: boolean; readonly policy: string },
): FieldError[] {
  if (rule.policy === 'Always') return [];
  const byName = new Map(next.map((s, i) => [s.name, { status: s, i }]));
  return old.flatMap(before => {
    const ended = before.state?.terminated;
    if (!ended || (rule.policy === 'OnFailure' && ended.exitCode !== 0)) return [];
    const after = byName.get(before.name);
    if (!after || semanticEqual(after.status.state?.terminated !== undefined, true)) return [];
    return [
      forbiddenField(child(at(path, after.i), 'state'), 'may not be transitioned to non-terminated state'),
    ];
  });
}

function validateAddresses(
  addresses: readonly { readonly ip?: string | undefined }[],
  path: string,
  what: string,
): FieldError[] {
  const errors: FieldError[] = [];
  addresses.forEach(({ ip = '' }, i) => {
    if (!parseIp(ip)) {
      errors.push(
        invalidValue(at(path, i), ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
      );
    }
  });
  const families = addresses.map(({ ip = '' }) => parseIp(ip)?.family);
  if (addresses.length > 1 && (addresses.length > 2 || families[0] === families[1])) {
    const list = addresses.map(a => a.ip);
    const detail = `may specify no more than one IP for each IP family`;
    errors.push(invalidValue(path, what === 'PodIP' ? list : list, detail));
  }
  return errors;
}
