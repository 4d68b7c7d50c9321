/** Affinity to nodes and to other pods. */
import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm } from '../../../generated/core-v1.ts';
import type { LabelSelector } from '../../../generated/meta-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../../field-error.ts';
import { validateLabelKey, validateLabelSelector } from '../../meta/labels.ts';
import { dnsLabel } from '../../meta/names.ts';
import { checked } from '../../validation/checks.ts';
import { validateNodeSelector, validateNodeSelectorTerm } from './node-selector.ts';
import type { PodValidationOptions } from './options.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(
  affinity: Affinity | undefined,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  if (!affinity) return [];
  return [
    ...validateNodeAffinity(affinity.nodeAffinity, child(path, 'nodeAffinity'), options),
    ...validatePodAffinity(affinity.podAffinity, child(path, 'podAffinity'), options),
    ...validatePodAffinity(affinity.podAntiAffinity, child(path, 'podAntiAffinity'), options),
  ];
}

function validateWeight(weight: number, path: string): FieldError[] {
  return weight >= 1 && weight <= 100 ? [] : [invalidValue(path, weight, 'must be in the range 1-100')];
}

function validateNodeAffinity(
  affinity: NodeAffinity | undefined,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  if (!affinity) return [];
  const selector = affinity[REQUIRED];
  const allowInvalidValues = options.allowInvalidLabelValueInSelector;
  return [
    ...(selector ? validateNodeSelector(selector, child(path, REQUIRED), { allowInvalidValues }) : []),
    ...(affinity[PREFERRED] ?? []).flatMap(({ weight, preference }, i) => {
      const here = at(child(path, PREFERRED), i);
      return [
        ...validateWeight(weight, child(here, 'weight')),
        // A preference that no node can meet only warns.
        ...validateNodeSelectorTerm(preference, child(here, 'preference'), { allowInvalidValues: true }),
      ];
    }),
  ];
}

function validatePodAffinity(
  affinity: PodAffinity | undefined,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  return [
    ...(affinity?.[REQUIRED] ?? []).flatMap((term, i) =>
      validateTerm(term, at(child(path, REQUIRED), i), options),
    ),
    ...(affinity?.[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const here = at(child(path, PREFERRED), i);
      return [
        ...validateWeight(weight, child(here, 'weight')),
        ...validateTerm(podAffinityTerm, child(here, 'podAffinityTerm'), options),
      ];
    }),
  ];
}

function validateTerm(term: PodAffinityTerm, path: string, options: PodValidationOptions): FieldError[] {
  const selectors = { allowInvalidValues: options.allowInvalidLabelValueInSelector };
  const topologyKey = child(path, 'topologyKey');
  return [
    ...validateLabelSelector(term.labelSelector, child(path, 'labelSelector'), selectors),
    ...validateLabelSelector(term.namespaceSelector, child(path, 'namespaceSelector'), selectors),
    ...(term.namespaces ?? []).flatMap(name => checked(child(path, 'namespace'), name, dnsLabel)),
    ...validateKeyLists(term, path),
    ...(term.topologyKey === '' ? [required(topologyKey, 'can not be empty')] : []),
    ...validateLabelKey(term.topologyKey, topologyKey),
  ];
}

/**
 * Lists of keys of the pod's own labels: they need a selector to add to, and may not share keys with
 * each other. A key of matchLabelKeys that the selector has besides (what the server added for it is
 * one expression) is refused too. `path` is that of the term or constraint.
 */
export function validateKeyLists(
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: KeyLists,
  path: string,
): FieldError[] {
  const matchPath = child(path, 'matchLabelKeys');
  const errors = [
    ...validateKeys(matchLabelKeys, matchPath, labelSelector),
    ...validateKeys(mismatchLabelKeys, child(path, 'mismatchLabelKeys'), labelSelector),
  ];
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key);
    if (i >= 0 && selected.has(key)) {
      errors.push(invalidValue(at(path, i), key, 'exists in both matchLabelKeys and labelSelector'));
    }
    selected.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (!mismatchLabelKeys.includes(key)) return;
    errors.push(invalidValue(at(matchPath, i), key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  });
  return errors;
}

interface KeyLists {
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
  readonly labelSelector?: LabelSelector | undefined;
}

function validateKeys(
  keys: readonly string[],
  path: string,
  selector: LabelSelector | undefined,
): FieldError[] {
  if (keys.length === 0) return [];
  if (!selector) return [forbiddenField(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => validateLabelKey(key, at(path, i)));
}
