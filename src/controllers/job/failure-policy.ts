/** podFailurePolicy (KEP-3329): what a failed pod means for its Job, by the first rule it matches. Pure. */
import type { PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement } from '../../generated/batch-v1.ts';
import type { ContainerStatus, Pod } from '../../generated/core-v1.ts';

export interface FailureMeaning {
  readonly action: 'Ignore' | 'Count' | 'FailIndex' | 'FailJob' | undefined;
  /** Whether it counts towards backoffLimit and backoffLimitPerIndex. */
  readonly counts: boolean;
  /** With FailJob: what the Job's condition says. */
  readonly message?: string;
}

/** No rule matches, or there is no policy: it counts. */
const COUNTED: FailureMeaning = { action: undefined, counts: true };

/** What the first rule that matches says of a failed pod; without one the failure counts. */
export function failureMeaning(policy: PodFailurePolicy | undefined, pod: Pod): FailureMeaning {
  const { namespace, name } = pod.metadata;
  for (const [index, { action, onExitCodes, onPodConditions }] of (policy?.rules ?? []).entries()) {
    let what: string | undefined;
    if (onExitCodes) {
      const status = matchingContainer(pod, onExitCodes);
      const exitCode = status?.state?.terminated?.exitCode;
      what =
        status && `Container ${status.name} for pod ${namespace}/${name} failed with exit code ${exitCode}`;
    } else {
      const condition = (pod.status?.conditions ?? []).find(({ type, status }) =>
        onPodConditions?.some(pattern => pattern.type === type && (pattern.status ?? 'True') === status),
      );
      what = condition && `Pod ${namespace}/${name} has condition ${condition.type}`;
    }
    if (what === undefined) continue;
    switch (action) {
      case 'Ignore':
        return { action, counts: false };
      case 'Count':
      case 'FailIndex':
        return { action, counts: true };
      case 'FailJob':
        return { action, counts: true, message: `${what} matching ${action} rule at index ${index}` };
    }
  }
  return COUNTED;
}

/** The first container that ended badly with such a code; regular containers before init containers. */
function matchingContainer(
  { status }: Pod,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): ContainerStatus | undefined {
  return [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(
    ({ name, state }) => {
      const exitCode = state?.terminated?.exitCode ?? 0;
      if (exitCode === 0 || (containerName !== undefined && containerName !== name)) return false;
      return values.includes(exitCode) === (operator === 'In');
    },
  );
}
