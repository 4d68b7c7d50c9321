import type { Job } from '../../generated/batch-v1.ts';
import { carryOver } from '../carry-over.ts';
import { age, column, labelSelector, name, templateColumns, wide } from '../columns.ts';
import { dropDisabledTemplateFields, prepareWorkloadUpdate } from '../core/pod-spec/disabled.ts';
import { isNewGeneration, workloadWarnings } from '../core/pod-spec/warnings.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { goQuote } from '../go-quote.ts';
import { dnsLabel, labelValue } from '../meta/names.ts';
import { completions, jobStatus, runtime } from './job-columns.ts';
import { generateSelector, validateGeneratedSelector } from './job-selector.ts';
import { indexWarnings, validateOwnSpec } from './job-spec.ts';
import { validateJobStatus } from './job-status.ts';
import { defaultJobTemplate, warnAboutName } from './job-template.ts';
import { validateJobChange } from './job-update.ts';

const BACKOFF_LIMIT = 6;
const MAX_INT32 = 2_147_483_647;

function defaults(job: Job): void {
  const { spec } = job;
  if (!spec) return;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultJobTemplate(spec);
  labelLikePods(job);
}

/** A Job without labels carries those of its pods; validation complains of bad ones at the pods. */
function labelLikePods({ spec, metadata }: Job): void {
  const labels = spec?.template.metadata?.labels;
  const valid = Object.values(labels ?? {}).every(value => labelValue(value).length === 0);
  if (labels && valid && !metadata.labels) metadata.labels = { ...labels };
}

function validate(job: Job, old?: Job): FieldError[] {
  const { spec, metadata } = job;
  if (!spec) return [];
  const errors = [...validateGeneratedSelector(job), ...validateOwnSpec(job, old?.spec)];
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    // The index becomes part of the pods' host names.
    const host = `${metadata.name ?? ''}-${(spec.completions ?? 1) - 1}`;
    if (dnsLabel(host).length > 0) {
      const why = `will not able to create pod with invalid DNS label: ${host}`;
      errors.push(invalidValue('metadata.name', metadata.name, why));
    }
  }
  return errors;
}

export const job = defineKind<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  singular: 'job',
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.batch.v1.Job',
  tracksGeneration: true,

  defaults,
  prepareForCreate: o => {
    o.status = {};
    dropDisabledTemplateFields(o.spec?.template);
    generateSelector(o);
    labelLikePods(o);
  },
  prepareForUpdate: prepareWorkloadUpdate,
  validate: o => validate(o),
  validateUpdate: (next, old) => [...validate(next, old), ...validateJobChange(next, old)],
  warnings: (o, old) => [
    ...(old ? [] : warnAboutName(o)),
    ...(o.spec && isNewGeneration(o, old) ? indexWarnings(o.spec, 'spec') : []),
    ...workloadWarnings(o, old),
  ],
  // As in the days when nobody deleted pods for anybody.
  defaultPropagation: 'Orphan',
  selectableFields: { 'status.successful': o => String(o.status?.succeeded ?? 0) },
  fieldRefusal: field => `field label ${goQuote(field)} not supported for Job`,
  subresources: {
    status: {
      prepareForUpdate: (next, old) => {
        carryOver(next, old, 'spec');
        labelLikePods(next);
      },
      validateUpdate: validateJobStatus,
    },
  },
  columns: [
    name,
    column('Status', o => jobStatus(o)),
    column('Completions', o => completions(o)),
    column('Duration', (o, { nowMs }) => runtime(o, nowMs)),
    age,
    ...templateColumns<Job>(o => o.spec?.template),
    wide('Selector', o => labelSelector(o.spec?.selector)),
  ],
});
