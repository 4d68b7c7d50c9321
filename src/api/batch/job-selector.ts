/** The selector and labels by which a Job knows its pods: its UID, unless the user insists. */
import { ownField } from '../../base/own-field.ts';
import type { Job } from '../../generated/batch-v1.ts';
import { at, type FieldError, invalidValue, required } from '../field-error.ts';
import { goJson } from '../meta/go-json.ts';
import { labelSelectorMatches } from '../selectors/label-selector.ts';
import { isValidSelector, shownSelector } from '../validation/workload.ts';

const UID = 'batch.kubernetes.io/controller-uid';

/** Also under the names from before the prefix. */
const identity = ({ metadata }: Job): Record<string, string> => ({
  'controller-uid': metadata.uid ?? '',
  'job-name': metadata.name ?? '',
  [UID]: metadata.uid ?? '',
  'batch.kubernetes.io/job-name': metadata.name ?? '',
});

/** What the user set stays: a conflict is for validation to find. */
export function generateSelector(job: Job): void {
  const { spec } = job;
  if (!spec || spec.manualSelector) return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...identity(job), ...spec.template.metadata.labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { [UID]: job.metadata.uid ?? '', ...spec.selector.matchLabels };
}

export function validateGeneratedSelector(job: Job): FieldError[] {
  const { spec, metadata } = job;
  if (!spec || spec.manualSelector || !spec.selector) return [];
  if (!metadata.uid) return [required('metadata.uid')];
  const expected = identity(job);
  const labels = spec.template.metadata?.labels ?? {};
  const path = 'spec.template.metadata.labels';
  const errors = Object.entries(expected).flatMap(([key, value]) => {
    if (ownField(labels, key) === value) return [];
    const why = `must be '${value}'`;
    return [
      ownField(labels, key) === undefined
        ? required(at(path, key), why)
        : invalidValue(at(path, key), goJson(labels), why),
    ];
  });
  if (isValidSelector(spec.selector) && !labelSelectorMatches(spec.selector, expected)) {
    errors.push(invalidValue('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'));
  }
  return errors;
}
