/** What Deployments, ReplicaSets, DaemonSets, StatefulSets and their like check alike. */
import type { PodTemplateSpec, Volume } from '../../generated/core-v1.ts';
import type { LabelSelector } from '../../generated/meta-v1.ts';
import { podTemplateOptions } from '../core/pod-spec/options.ts';
import { validatePodTemplateSpec } from '../core/pod-spec/validate.ts';
import {
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../field-error.ts';
import { goJson, LABEL_SELECTOR_ORDER } from '../meta/go-json.ts';
import { percentErrors, percentOf } from '../meta/int-or-string.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { wroteEmptyListAt } from '../schema/empty-lists.ts';
import { labelSelectorMatches } from '../selectors/label-selector.ts';
import { immutable, nonNegative } from './checks.ts';

type Labels = Readonly<Record<string, string>> | undefined;

/** A selector as messages print it. */
export const shownSelector = (selector: LabelSelector | undefined): unknown =>
  goJson(selector, LABEL_SELECTOR_ORDER) ?? null;

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;

/** A selector that must be there and select something; `kind` is named in the message. */
export function validateOwnSelector(
  selector: LabelSelector | undefined,
  kind: string,
  path = 'spec.selector',
): FieldError[] {
  if (!selector) return [required(path)];
  const errors = validateLabelSelector(selector, path);
  if (isEmptySelector(selector)) {
    errors.push(invalidValue(path, shownSelector(selector), `empty selector is invalid for ${kind}`));
  }
  return errors;
}

export const isValidSelector = (selector: LabelSelector | undefined): boolean =>
  validateLabelSelector(selector, '').length === 0;

/** The pods a workload makes must be its own. `owner`: the workload, as a client wrote it. */
export function validateTemplateLabels(
  matches: boolean,
  labels: Labels,
  path: string,
  owner: object,
): FieldError[] {
  if (matches) return [];
  const field = `${path}.metadata.labels`;
  const none = wroteEmptyListAt(owner, field) ? {} : null;
  return [invalidValue(field, goJson(labels) ?? none, '`selector` does not match template `labels`')];
}

interface Templated {
  readonly selector?: LabelSelector | undefined;
  readonly template?: PodTemplateSpec | undefined;
}

/** The template of a workload whose pods run until it is gone. */
export function validateTemplate(
  workload: { readonly spec?: Templated | undefined },
  old: Templated | undefined,
  owner: string,
  /** What its pods are given besides. */
  volumes: readonly Volume[] = [],
): FieldError[] {
  const path = 'spec.template';
  const { template, selector } = workload.spec ?? {};
  if (!isValidSelector(selector)) {
    return [invalidValue('spec.selector', shownSelector(selector), 'invalid label selector')];
  }
  if (!template) return [required(path)];
  const empty = selector !== undefined && isEmptySelector(selector);
  const labels = template.metadata?.labels;
  return [
    ...validateTemplateLabels(empty || labelSelectorMatches(selector, labels), labels, path, workload),
    ...validatePodTemplateSpec(
      withVolumes(template, volumes),
      path,
      podTemplateOptions(template, old?.template),
    ),
    ...validateRunsForEver(template, owner, path),
  ];
}

/** In place of those of the same name, after the others. */
function withVolumes(template: PodTemplateSpec, volumes: readonly Volume[]): PodTemplateSpec {
  if (volumes.length === 0 || !template.spec) return template;
  const own = (template.spec.volumes ?? []).filter(v => !volumes.some(other => other.name === v.name));
  return { ...template, spec: { ...template.spec, volumes: [...volumes, ...own] } };
}

export function validateRunsForEver({ spec }: PodTemplateSpec, owner: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (spec && spec.restartPolicy !== 'Always') {
    errors.push(notSupported(child(path, 'spec.restartPolicy'), spec.restartPolicy, ['Always']));
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${owner} is not Supported`;
    errors.push(forbiddenField(child(path, 'spec.activeDeadlineSeconds'), why));
  }
  return errors;
}

export const selectorImmutable = (next: Templated | undefined, old: Templated | undefined): FieldError[] =>
  immutable('spec.selector', next?.selector, old?.selector, shownSelector(next?.selector));

/** A number that is not negative, or a percentage. */
export function validateIntOrPercent(path: string, value: number | string): FieldError[] {
  if (typeof value === 'number') return nonNegative(path, value);
  return percentErrors(value).map(m => invalidValue(path, value, m));
}

export function atMostAll(path: string, value: number | string): FieldError[] {
  return (percentOf(value) ?? 0) > 100 ? [invalidValue(path, value, 'must not be greater than 100%')] : [];
}

export const isZeroAmount = (value: number | string): boolean =>
  typeof value === 'number'
    ? value === 0
    : (percentOf(value) ?? (/^[+-]?\d+$/.test(value) ? Number(value) : 0)) === 0;

/** Counts in a status: none negative, none above the total. */
export function validateCounts<T extends object>(
  status: T,
  fields: readonly (keyof T & string)[],
  parts: readonly (keyof T & string)[] = [],
): FieldError[] {
  const count = (field: string): number => Number((status as Record<string, unknown>)[field] ?? 0);
  return [
    ...fields.flatMap(field => nonNegative(`status.${field}`, count(field))),
    ...parts
      .filter(field => count(field) > count('replicas'))
      .map(field => invalidValue(`status.${field}`, count(field), 'cannot be greater than status.replicas')),
  ];
}

/** collisionCount names revisions: it never goes back. */
export function validateCollisionCount(next: number | undefined, old: number | undefined): FieldError[] {
  return old !== undefined && (next === undefined || next < old)
    ? [invalidValue('status.collisionCount', next ?? 0, 'cannot be decremented')]
    : [];
}
