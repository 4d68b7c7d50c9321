/**
 * Updates of a pod through its main resource: images, the deadline, more tolerations and fewer
 * scheduling gates; gated pods may narrow where they go. All else is refused with a diff of
 * the internal form, as upstream shows it.
 */
import type { Container, NodeSelectorTerm, Pod, PodSpec, Toleration } from '../../../generated/core-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { rangeError } from '../../meta/names.ts';
import { entriesOf, semanticEqual } from '../../validation/checks.ts';
import { internalPodSpec, toInternal } from '../../validation/internal-form.ts';
import { unifiedDiff } from '../../validation/unified-diff.ts';
import { validateImageSpace } from '../pod-spec/containers.ts';
import { podSpecOptions } from '../pod-spec/options.ts';
import { validateTolerations } from '../pod-spec/scheduling.ts';
import { validatePodAnnotationsUpdate } from './annotations.ts';
import { validatePod } from './validate.ts';

const INT32_MAX = 2 ** 31 - 1;
const MUTABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function validatePodUpdate(next: Pod, old: Pod): FieldError[] {
  const errors = [
    ...validatePod(next, podSpecOptions(next.spec, old.spec)),
    ...validatePodAnnotationsUpdate(next, old, 'metadata.annotations'),
  ];
  for (const list of ['containers', 'initContainers'] as const) {
    const found = validateImages(next.spec[list] ?? [], old.spec[list] ?? [], `spec.${list}`);
    errors.push(...found.errors);
    if (found.stop) return errors;
  }
  const deadline = validateDeadline(next.spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  errors.push(...deadline.errors);
  if (deadline.stop) return errors;
  errors.push(
    ...validateOnlyAddedTolerations(next.spec.tolerations ?? [], old.spec.tolerations ?? []),
    ...validateOnlyDeletedGates(next.spec, old.spec),
  );
  if (semanticEqual(next.spec, old.spec)) return errors;
  return [...errors, ...validateRest(next.spec, old.spec)];
}

interface Found {
  readonly errors: FieldError[];
  /** Upstream looks no further. */
  readonly stop: boolean;
}

function validateImages(next: readonly Container[], old: readonly Container[], path: string): Found {
  if (next.length !== old.length) {
    return { errors: [forbiddenField(path, 'pod updates may not add or remove containers')], stop: true };
  }
  const errors = next.flatMap((container, i) => [
    ...(container.image ? [] : [required(child(at(path, i), 'image'))]),
    ...validateImageSpace(container, at(path, i)),
  ]);
  return { errors, stop: false };
}

function validateDeadline(next: number | undefined, old: number | undefined): Found {
  const path = 'spec.activeDeadlineSeconds';
  if (next !== undefined) {
    if (next < 0 || next > INT32_MAX) {
      return { errors: [invalidValue(path, next, rangeError(0, INT32_MAX))], stop: true };
    }
    if (old !== undefined && old < next) {
      const error = invalidValue(path, next, 'must be less than or equal to previous value');
      return { errors: [error], stop: true };
    }
  } else if (old !== undefined) {
    const error = invalidValue(path, null, 'must not update from a positive integer to nil value');
    return { errors: [error], stop: false };
  }
  return { errors: [], stop: false };
}

function validateOnlyAddedTolerations(next: readonly Toleration[], old: readonly Toleration[]): FieldError[] {
  const path = 'spec.tolerations';
  const without = ({ tolerationSeconds: _, ...rest }: Toleration) => rest;
  const kept = (toleration: Toleration) => next.some(t => semanticEqual(without(t), without(toleration)));
  return old.every(kept)
    ? validateTolerations(next, path)
    : [forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds')];
}

function validateOnlyDeletedGates(next: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map(g => g.name));
  return (next.schedulingGates ?? []).flatMap(({ name }, i) =>
    before.has(name)
      ? []
      : [
          forbiddenField(
            child(at('spec.schedulingGates', i), 'name'),
            `only deletion is allowed, but found new scheduling gate '${name}'`,
          ),
        ],
  );
}

/** With what may change put back, nothing may differ. */
function validateRest(next: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  const munged = structuredClone(next);
  for (const list of ['containers', 'initContainers'] as const) {
    munged[list]?.forEach((container, i) => {
      container.image = old[list]?.[i]?.image;
    });
  }
  munged.activeDeadlineSeconds = old.activeDeadlineSeconds;
  munged.schedulingGates = old.schedulingGates;
  munged.tolerations = old.tolerations;
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && munged.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  if ((old.schedulingGates ?? []).length > 0) errors.push(...validateGatedChanges(munged, old));
  if (semanticEqual(munged, old)) return errors;
  const text = (spec: PodSpec) => JSON.stringify(internalPodSpec(spec), undefined, 1);
  const diff = unifiedDiff(text(old), text(munged));
  return [
    ...errors,
    forbiddenField('spec', `pod updates may not change fields other than ${MUTABLE}\n${diff}`),
  ];
}

/** Gated pods: more node selectors, and node affinity that only narrows. Puts back what is allowed. */
function validateGatedChanges(munged: PodSpec, old: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (!semanticEqual(munged.nodeSelector, old.nodeSelector)) {
    const next = munged.nodeSelector;
    if (entriesOf(old.nodeSelector).some(([key, value]) => next?.[key] !== value)) {
      const detail = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.push(invalidValue('spec.nodeSelector', next && Object.fromEntries(entriesOf(next)), detail));
    }
    munged.nodeSelector = old.nodeSelector;
  }
  const next = munged.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (!semanticEqual(next, before)) {
    const nextTerms = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    const oldTerms = before?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
    if (oldTerms.length > 0) errors.push(...validateTermsNarrow(nextTerms, oldTerms));
    const { nodeAffinity: _, ...others } = munged.affinity ?? {};
    // Affinity to pods is left as the client wants it: that may not change.
    munged.affinity = before ? { ...others, nodeAffinity: before } : others;
    if (Object.keys(munged.affinity).length === 0 && !old.affinity) delete munged.affinity;
  }
  return errors;
}

function validateTermsNarrow(
  next: readonly NodeSelectorTerm[],
  old: readonly NodeSelectorTerm[],
): FieldError[] {
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  if (next.length !== old.length) {
    const shown = next.length === 0 ? null : next.map(internalTerm);
    return [
      invalidValue(path, shown, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed'),
    ];
  }
  return next.flatMap((term, i) => {
    const before = old[i] ?? {};
    const keeps = (field: 'matchExpressions' | 'matchFields') =>
      (before[field] ?? []).every((r, j) => semanticEqual(r, term[field]?.[j]));
    // What selected nothing may not begin to select.
    const widens = isEmptyTerm(before) && !isEmptyTerm(term);
    if (widens || !keeps('matchExpressions') || !keeps('matchFields')) {
      const detail = 'only additions are allowed (no mutations or deletions)';
      return [invalidValue(at(path, i), internalTerm(term), detail)];
    }
    return [];
  });
}

const internalTerm = (term: NodeSelectorTerm) => toInternal('NodeSelectorTerm', term);
const isEmptyTerm = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm) =>
  matchExpressions.length === 0 && matchFields.length === 0;
