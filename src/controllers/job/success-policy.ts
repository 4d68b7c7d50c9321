/** successPolicy (KEP-3998): when an Indexed Job has succeeded before all its indexes have. Pure. */
import type { Job } from '../../generated/batch-v1.ts';
import { parseIndexes } from './indexes.ts';

/** The condition's message for the first rule that is met; undefined: none is. */
export function metSuccessPolicy(job: Job, completed: ReadonlySet<number>): string | undefined {
  if (completed.size === 0) return undefined;
  const rules = job.spec?.successPolicy?.rules ?? [];
  const index = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) {
      return succeededCount !== undefined && completed.size >= succeededCount;
    }
    const required = parseIndexes(succeededIndexes, job.spec?.completions ?? 0);
    if (required.size === 0) return false;
    const reached = [...required].filter(each => completed.has(each)).length;
    return reached === required.size || (succeededCount !== undefined && reached >= succeededCount);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
