import type { DaemonSet, DaemonSetUpdateStrategy } from '../../generated/apps-v1.ts';
import { carryOver } from '../carry-over.ts';
import { age, column, integer, labelSelector, labels, name, templateColumns, wide } from '../columns.ts';
import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from '../core/pod-spec/disabled.ts';
import { podTemplateOptions } from '../core/pod-spec/options.ts';
import { validatePodTemplateSpec } from '../core/pod-spec/validate.ts';
import { podTemplateWarnings } from '../core/pod-spec/warnings.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue, notSupported, required } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { labelSelectorMatches } from '../selectors/label-selector.ts';
import { nonNegative, semanticEqual } from '../validation/checks.ts';
import {
  atMostAll,
  isEmptySelector,
  isValidSelector,
  isZeroAmount,
  selectorImmutable,
  validateCollisionCount,
  validateCounts,
  validateIntOrPercent,
  validateRunsForEver,
  validateTemplateLabels,
} from '../validation/workload.ts';

const REVISIONS_KEPT = 10;
/** Counts changes of the template; clients older than controller revisions look at it. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function defaults(set: DaemonSet): void {
  const { spec } = set;
  // Always there in upstream's v1 form, and so its writer's.
  numberTemplate(set, templateGeneration(set));
  if (!spec) return;
  spec.updateStrategy ??= {};
  const { updateStrategy: strategy } = spec;
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  if (strategy.rollingUpdate) {
    // Upstream's internal form has numbers here, not pointers.
    strategy.rollingUpdate.maxUnavailable ??= 0;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= REVISIONS_KEPT;
  defaultPodTemplate(spec.template);
}

function numberTemplate(set: DaemonSet, generation: number): void {
  set.metadata.annotations = { ...set.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

const templateGeneration = ({ metadata }: DaemonSet) =>
  Number.parseInt(metadata.annotations?.[TEMPLATE_GENERATION] ?? '', 10) || 0;

function prepareForUpdate(next: DaemonSet, old: DaemonSet): void {
  prepareWorkloadUpdate(next, old);
  const changed = !semanticEqual(next.spec?.template, old.spec?.template);
  numberTemplate(next, templateGeneration(old) + (changed ? 1 : 0));
}

function validate(set: DaemonSet, old?: DaemonSet): FieldError[] {
  const { spec } = set;
  if (!spec) return [];
  const { selector, template } = spec;
  const path = 'spec.template';
  const labels = template.metadata?.labels;
  const matches = !isValidSelector(selector) || labelSelectorMatches(selector, labels);
  return [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...validateTemplateLabels(matches, labels, path, set),
    ...(selector && isEmptySelector(selector)
      ? [invalidValue('spec.selector', {}, 'empty selector is invalid for daemonset')]
      : []),
    ...validatePodTemplateSpec(template, path, podTemplateOptions(template, old?.spec?.template)),
    ...validateRunsForEver(template, 'DaemonSet', path),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ];
}

function validateStrategy({ type = '', rollingUpdate }: DaemonSetUpdateStrategy): FieldError[] {
  const path = 'spec.updateStrategy.rollingUpdate';
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    // As upstream's struct prints: it has no JSON names.
    const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge } : null;
    return [
      notSupported('spec.updateStrategy', { Type: type, RollingUpdate: shown }, [
        'RollingUpdate',
        'OnDelete',
      ]),
    ];
  }
  const [one, other] = [isZeroAmount(maxUnavailable), isZeroAmount(maxSurge)];
  return [
    ...validateIntOrPercent(`${path}.maxUnavailable`, maxUnavailable),
    ...validateIntOrPercent(`${path}.maxSurge`, maxSurge),
    ...atMostAll(`${path}.maxUnavailable`, maxUnavailable),
    ...atMostAll(`${path}.maxSurge`, maxSurge),
    ...(!one && !other
      ? [invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')]
      : []),
    ...(one && other ? [required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')] : []),
  ];
}

function validateStatus({ status }: DaemonSet, old: DaemonSet): FieldError[] {
  if (!status) return [];
  return [
    ...validateCounts(status, [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ]),
    ...validateCollisionCount(status.collisionCount, old.status?.collisionCount),
  ];
}

export const daemonSet = defineKind<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  tracksGeneration: true,
  fieldAnnotations: [TEMPLATE_GENERATION],

  defaults,
  prepareForCreate: o => {
    o.status = {
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    };
    dropDisabledTemplateFields(o.spec?.template);
    numberTemplate(o, Math.max(1, templateGeneration(o)));
  },
  prepareForUpdate,
  validate: o => validate(o),
  validateUpdate: (next, old) => [...selectorImmutable(next.spec, old.spec), ...validate(next, old)],
  // What else changes of a DaemonSet is not looked at.
  warnings: (o, old) =>
    old && templateGeneration(o) === templateGeneration(old)
      ? []
      : podTemplateWarnings(o.spec?.template, 'spec.template'),
  subresources: {
    status: {
      prepareForUpdate: (next, old) => {
        carryOver(next, old, 'spec');
        numberTemplate(next, templateGeneration(old));
      },
      validateUpdate: validateStatus,
    },
  },
  columns: [
    name,
    integer('Desired', o => o.status?.desiredNumberScheduled ?? 0),
    integer('Current', o => o.status?.currentNumberScheduled ?? 0),
    integer('Ready', o => o.status?.numberReady ?? 0),
    integer('Up-to-date', o => o.status?.updatedNumberScheduled ?? 0),
    integer('Available', o => o.status?.numberAvailable ?? 0),
    column('Node Selector', o => labels(o.spec?.template.spec?.nodeSelector)),
    age,
    ...templateColumns<DaemonSet>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
