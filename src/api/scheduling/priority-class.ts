import type { PriorityClass } from '../../generated/scheduling-v1.ts';
import { age, boolean, column, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, forbiddenField } from '../field-error.ts';
import { enumeration, immutable } from '../validation/checks.ts';

/** Pods of the cluster itself are above all that users can say. */
const HIGHEST_OF_USERS = 1_000_000_000;
const SYSTEM_PREFIX = 'system-';
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};
const POLICIES = ['PreemptLowerPriority', 'Never'];

/** Why a name with the system prefix may not be used so; undefined when it may. */
function systemError({ metadata: { name: className = '' }, value, globalDefault = false }: PriorityClass) {
  const known = SYSTEM_CLASSES[className];
  if (known === undefined) return `${className} is not a known system priority class`;
  if (value !== known) return `value of ${className} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${className} must be false` : undefined;
}

function validate(priority: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (priority.metadata.name?.startsWith(SYSTEM_PREFIX)) {
    const why = systemError(priority);
    const reserved = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: `;
    if (why) errors.push(forbiddenField('metadata.name', reserved + why));
  } else if ((priority.value ?? 0) > HIGHEST_OF_USERS) {
    const why = `maximum allowed value of a user defined priority is ${HIGHEST_OF_USERS}`;
    errors.push(forbiddenField('value', why));
  }
  return priority.preemptionPolicy === undefined
    ? errors
    : [...errors, ...enumeration('preemptionPolicy', priority.preemptionPolicy, POLICIES)];
}

/** Pods carry the number, not the name: it never changes. */
function validateUpdate(next: PriorityClass, old: PriorityClass): FieldError[] {
  return [
    ...(next.value === old.value ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...immutable('preemptionPolicy', next.preemptionPolicy, old.preemptionPolicy),
  ];
}

export const priorityClass = defineKind<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  tracksGeneration: true,
  // Set once and never counted up, as upstream does.
  generationInput: () => null,
  defaults: o => {
    o.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  validate,
  validateUpdate,
  columns: [
    name,
    integer('Value', o => o.value ?? 0),
    boolean('Global-Default', o => o.globalDefault ?? false),
    age,
    column('PreemptionPolicy', o => o.preemptionPolicy ?? ''),
  ],
});
