/**
 * What a CustomResourceDefinition's status says: whether its names are free, whether its resources are
 * served, whether it is being deleted (upstream's naming, establishing, approval and finalizing
 * controllers, which run inside its API server). Pure.
 */

import { rfc3339 } from '../../base/clock.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../generated/apiextensions-v1.ts';
import { semanticEqual } from '../validation/checks.ts';
import { approvalOf, isProtectedGroup } from './approval.ts';

/** Keeps a definition until its resources are gone. */
export const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

type Condition = Omit<CustomResourceDefinitionCondition, 'lastTransitionTime'>;

const NO_CONFLICTS: Condition = {
  type: 'NamesAccepted',
  status: 'True',
  reason: 'NoConflicts',
  message: 'no conflicts found',
};

/** Deleting marks it; the cleanup takes the finalizer away. */
export function markTerminating(definition: CustomResourceDefinition, nowMs: number): void {
  const { metadata } = definition;
  if (!metadata.finalizers?.includes(CLEANUP))
    metadata.finalizers = [...(metadata.finalizers ?? []), CLEANUP];
  setCondition(definition, nowMs, {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  });
}

/** Its instances are being deleted; false: it said so already. */
export function markInProgress(definition: CustomResourceDefinition, nowMs: number): boolean {
  if (conditionOf(definition, 'Terminating')?.reason !== 'InstanceDeletionPending') return false;
  setCondition(definition, nowMs, {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  });
  return true;
}

/** The last step of a deletion: no resources are left. */
export function markCleanedUp(definition: CustomResourceDefinition, nowMs: number): void {
  const { metadata } = definition;
  metadata.finalizers = (metadata.finalizers ?? []).filter(f => f !== CLEANUP);
  if (metadata.finalizers.length === 0) delete metadata.finalizers;
  setCondition(definition, nowMs, {
    type: 'Terminating',
    status: 'False',
    reason: 'InstanceDeletionCompleted',
    message: 'removed all instances',
  });
}

export function isMarkedCleanedUp(definition: CustomResourceDefinition): boolean {
  return conditionOf(definition, 'Terminating')?.reason === 'InstanceDeletionCompleted';
}

/** Fits the status to the spec and to the names others have; false: it did already. `others`: of the same group. */
export function acceptNames(
  definition: CustomResourceDefinition,
  others: readonly CustomResourceDefinition[],
  nowMs: number,
): boolean {
  const before = structuredClone(definition.status);
  const taken = new Set(others.flatMap(other => namesOf(other.status?.acceptedNames)));
  const { names, condition } = judge(definition, taken);
  definition.status = { ...definition.status, acceptedNames: names };
  setCondition(definition, nowMs, condition);
  const accepted = condition.status === 'True';
  const established = conditionOf(definition, 'Established');
  if (accepted) setCondition(definition, nowMs, ESTABLISHED);
  else if (!established)
    setCondition(definition, nowMs, {
      type: 'Established',
      status: 'False',
      reason: 'NotAccepted',
      message: 'not all names are accepted',
    });
  if (isProtectedGroup(definition.spec.group)) setCondition(definition, nowMs, approval(definition));
  return !semanticEqual(before, definition.status);
}

const ESTABLISHED: Condition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
};

const KIND_FIELDS = ['kind', 'listKind'] as const;
const RESOURCE_FIELDS = ['plural', 'singular', 'shortNames'] as const;

/** Kinds and resources are two spaces of names. */
function namesOf(names: Partial<CustomResourceDefinitionNames> | undefined): string[] {
  const of = (field: (typeof KIND_FIELDS)[number] | (typeof RESOURCE_FIELDS)[number]) =>
    [names?.[field] ?? []].flat().filter(value => value !== '');
  return [
    ...KIND_FIELDS.flatMap(of).map(value => `kind ${value}`),
    ...RESOURCE_FIELDS.flatMap(of).map(value => `resource ${value}`),
  ];
}

/** The first name that is taken refuses all of its field; those accepted before stay. */
function judge(
  { spec, status }: CustomResourceDefinition,
  taken: ReadonlySet<string>,
): { names: CustomResourceDefinitionNames; condition: Condition } {
  const wanted = spec.names;
  const before: Partial<CustomResourceDefinitionNames> = status?.acceptedNames ?? {};
  const names: Record<string, unknown> = { plural: '', kind: '', ...before };
  let condition: Condition = NO_CONFLICTS;
  const refuse = (reason: string, value: string) => {
    condition = {
      type: 'NamesAccepted',
      status: 'False',
      reason,
      message: `${JSON.stringify(value)} is already in use`,
    };
  };
  const REASONS = {
    plural: 'PluralConflict',
    singular: 'SingularConflict',
    kind: 'KindConflict',
    listKind: 'ListKindConflict',
  } as const;
  for (const field of ['plural', 'singular'] as const) {
    const value = wanted[field] ?? '';
    if (taken.has(`resource ${value}`)) refuse(REASONS[field], value);
    else names[field] = value;
  }
  const short = wanted.shortNames ?? [];
  const used = short.filter(value => taken.has(`resource ${value}`));
  if (used.length > 0) {
    condition = {
      type: 'NamesAccepted',
      status: 'False',
      reason: 'ShortNamesConflict',
      message: used.map(value => `${JSON.stringify(value)} is already in use`).join(', '),
    };
  } else if (short.length > 0) names.shortNames = [...short];
  else delete names.shortNames;
  for (const field of KIND_FIELDS) {
    const value = wanted[field] ?? '';
    if (taken.has(`kind ${value}`)) refuse(REASONS[field], value);
    else names[field] = value;
  }
  if (wanted.categories?.length) names.categories = [...wanted.categories];
  else delete names.categories;
  return { names: names as unknown as CustomResourceDefinitionNames, condition };
}

function approval(definition: CustomResourceDefinition): Condition {
  const { state, message } = approvalOf(definition);
  const type = 'KubernetesAPIApprovalPolicyConformant';
  if (state === 'approved') return { type, status: 'True', reason: 'ApprovedAnnotation', message };
  if (state === 'bypassed') return { type, status: 'False', reason: 'UnapprovedAnnotation', message };
  return {
    type,
    status: 'False',
    reason: state === 'missing' ? 'MissingAnnotation' : 'InvalidAnnotation',
    message,
  };
}

const conditionOf = ({ status }: CustomResourceDefinition, type: string) =>
  (status?.conditions ?? []).find(c => c.type === type);

/** The time changes with the status only. */
function setCondition(definition: CustomResourceDefinition, nowMs: number, condition: Condition): void {
  const status = (definition.status ??= {});
  const before = conditionOf(definition, condition.type);
  const same = before?.status === condition.status;
  const lastTransitionTime = (same ? before?.lastTransitionTime : undefined) ?? rfc3339(nowMs);
  const next = { lastTransitionTime, ...condition };
  status.conditions = before
    ? (status.conditions ?? []).map(c => (c.type === condition.type ? next : c))
    : [...(status.conditions ?? []), next];
}
