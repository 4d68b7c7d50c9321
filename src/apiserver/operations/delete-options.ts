/** How to delete: metav1.DeleteOptions, checked. */
import { type FieldError, invalidValue, notSupported } from '../../api/field-error.ts';
import { invalid, type StatusError } from '../../api/status-error.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** Undefined: nothing wrong. */
export function deleteOptionsError(options: DeleteOptions): StatusError | undefined {
  const errors: FieldError[] = [];
  const { propagationPolicy: policy, orphanDependents } = options;
  if (policy !== undefined && orphanDependents !== undefined)
    errors.push(
      invalidValue(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (policy !== undefined && !POLICIES.includes(policy))
    errors.push(notSupported('propagationPolicy', policy, [...POLICIES, 'nil']));
  const dryRun = options.dryRun ?? [];
  if (dryRun.some(v => v !== 'All')) errors.push(notSupported('dryRun', dryRun, ['All']));
  return errors.length > 0 ? invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors) : undefined;
}
