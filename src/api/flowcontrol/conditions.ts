/** Conditions of flow schemas and priority levels: each type once. */
import { at, child, duplicate, type FieldError, required } from '../field-error.ts';

interface Condition {
  readonly type?: string | undefined;
}

interface WithConditions {
  readonly status?: { readonly conditions?: readonly Condition[] | undefined } | undefined;
}

/** Nothing but the type is looked at, as upstream. */
export function validateStatusConditions({ status }: WithConditions): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ type = '' }, i, all) => {
    const path = child(at('status.conditions', i), 'type');
    const again = all.findIndex(other => (other.type ?? '') === type) < i;
    return [
      ...(again ? [duplicate(path, type)] : []),
      ...(type === '' ? [required(path, 'must not be empty')] : []),
    ];
  });
}
