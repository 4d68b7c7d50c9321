import type { CSIDriver } from '../../generated/storage-v1.ts';
import { age, boolean, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, duplicate, type FieldError, invalidValue, notSupported } from '../field-error.ts';
import { immutable, optionalEnumeration, semanticEqual } from '../validation/checks.ts';

const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLES = ['Persistent', 'Ephemeral'];
const MIN_TOKEN_SECONDS = 600;
const MIN_UPDATE_SECONDS = 10;

function defaults({ spec }: CSIDriver): void {
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

function validate({ spec }: CSIDriver): FieldError[] {
  const errors = optionalEnumeration('spec.fsGroupPolicy', spec.fsGroupPolicy, FS_GROUP_POLICIES);
  const audiences = new Set<string>();
  for (const [i, { audience, expirationSeconds: seconds }] of (spec.tokenRequests ?? []).entries()) {
    const path = at('spec.tokenRequests', i);
    if (audiences.has(audience)) {
      errors.push(duplicate(child(path, 'audience'), audience));
      continue;
    }
    audiences.add(audience);
    if (seconds === undefined) continue;
    if (seconds < MIN_TOKEN_SECONDS) {
      const why = 'may not specify a duration less than 10 minutes';
      errors.push(invalidValue(child(path, 'expirationSeconds'), seconds, why));
    }
    if (seconds > 2 ** 32) {
      const why = 'may not specify a duration larger than 2^32 seconds';
      errors.push(invalidValue(child(path, 'expirationSeconds'), seconds, why));
    }
  }
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (!LIFECYCLES.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, LIFECYCLES));
  }
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < MIN_UPDATE_SECONDS) {
    const why = `must be greater than or equal to ${MIN_UPDATE_SECONDS} seconds`;
    errors.push(invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', period, why));
  }
  const inSecrets = spec.serviceAccountTokenInSecrets;
  if (inSecrets !== undefined && !spec.tokenRequests?.length) {
    const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalidValue('spec.serviceAccountTokenInSecrets', inSecrets, why));
  }
  return errors;
}

/** The path says attachedRequired, as upstream's does. */
function validateUpdate({ spec, ...next }: CSIDriver, { spec: old }: CSIDriver): FieldError[] {
  return [
    ...validate({ ...next, spec }),
    ...immutable('spec.attachedRequired', spec.attachRequired, old.attachRequired),
    ...immutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.volumeLifecycleModes),
  ];
}

function warnings({ spec }: CSIDriver, old: CSIDriver | undefined): string[] {
  return !old && spec.tokenRequests?.length && spec.serviceAccountTokenInSecrets === undefined
    ? [
        'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes',
      ]
    : [];
}

export const csiDriver = defineKind<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  singular: 'csidriver',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  allowUnconditionalUpdate: false,
  defaults,
  // Counts changes alone: a driver starts without a generation.
  prepareForUpdate: (next, old) => {
    if (semanticEqual(next.spec, old.spec)) return;
    next.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate,
  validateUpdate,
  warnings,
  columns: [
    name,
    boolean('AttachRequired', o => o.spec.attachRequired ?? true),
    boolean('PodInfoOnMount', o => o.spec.podInfoOnMount ?? false),
    boolean('StorageCapacity', o => o.spec.storageCapacity ?? false),
    column('TokenRequests', o => o.spec.tokenRequests?.map(t => t.audience).join(',') ?? '<unset>'),
    boolean('RequiresRepublish', o => o.spec.requiresRepublish ?? false),
    column('Modes', o => o.spec.volumeLifecycleModes?.join(',') || '<none>'),
    age,
  ],
});
