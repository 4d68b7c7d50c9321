/** Pod. Its rules stand in pod/ and pod-spec/; this is the list of them. */
import type { Pod } from '../../generated/core-v1.ts';
import { defineKind } from '../define.ts';
import { keepAllButEphemeralContainers, keepAllButResources } from './pod/carry-over.ts';
import { podColumns, podRowConditions } from './pod/columns.ts';
import { defaultPod } from './pod/defaults.ts';
import { validateEphemeralContainersUpdate } from './pod/ephemeral-containers.ts';
import { preparePodForCreate } from './pod/prepare.ts';
import { validateResize } from './pod/resize.ts';
import { prepareStatusUpdate, statusWarnings, validateStatusUpdate } from './pod/status.ts';
import { validatePodUpdate } from './pod/update.ts';
import { validateNewPod } from './pod/validate.ts';
import { dropDisabledFields } from './pod-spec/disabled.ts';
import { podWarnings } from './pod-spec/warnings.ts';

const DEFAULT_GRACE_SECONDS = 30;

/** Pods that never ran, or have ended, go at once. */
function gracePeriodSeconds({ spec, status }: Pod, requested: number | undefined): number {
  let seconds = requested ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  if (!spec.nodeName || status?.phase === 'Failed' || status?.phase === 'Succeeded') seconds = 0;
  return seconds < 0 ? 1 : seconds;
}

export const pod = defineKind<Pod>({
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Pod',
  tracksGeneration: true,
  defaults: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate(next, old, { subresource }) {
    if (subresource === 'ephemeralcontainers') keepAllButEphemeralContainers(next, old);
    else if (subresource === 'resize') keepAllButResources(next, old);
    if (old.status) next.status = structuredClone(old.status);
    dropDisabledFields(next.spec, old.spec);
  },
  validate: validateNewPod,
  validateUpdate(next, old, { subresource }) {
    if (subresource === 'ephemeralcontainers') return validateEphemeralContainersUpdate(next, old);
    return subresource === 'resize' ? validateResize(next, old) : validatePodUpdate(next, old);
  },
  warnings: (next, old) => podWarnings(next, old),
  generationInput: o => o.spec,
  gracePeriodSeconds,
  subresources: {
    status: {
      prepareForUpdate: prepareStatusUpdate,
      validateUpdate: validateStatusUpdate,
      warnings: statusWarnings,
    },
  },
  columns: podColumns,
  rowConditions: podRowConditions,
  selectableFields: {
    'spec.nodeName': o => o.spec.nodeName ?? '',
    // What the first clients sent.
    'spec.host': o => o.spec.nodeName ?? '',
    'spec.restartPolicy': o => o.spec.restartPolicy ?? '',
    'spec.schedulerName': o => o.spec.schedulerName ?? '',
    'spec.serviceAccountName': o => o.spec.serviceAccountName ?? '',
    'spec.hostNetwork': o => String(o.spec.hostNetwork ?? false),
    'status.phase': o => o.status?.phase ?? '',
    'status.podIP': o => o.status?.podIPs?.[0]?.ip ?? o.status?.podIP ?? '',
    // Known to be one, and never filled: upstream's set of fields lacks it.
    'status.podIPs': () => '',
    'status.nominatedNodeName': o => o.status?.nominatedNodeName ?? '',
  },
});
