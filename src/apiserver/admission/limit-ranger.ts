/**
 * LimitRanger: the LimitRanges of a namespace complete its new pods, and refuse pods and claims that
 * keep to no measure. What is there already stays as it is.
 */
import { applyDefaults, refusalsOfClaim, refusalsOfPod } from '../../api/core/quota/limits.ts';
import { forbidden } from '../../api/status-error.ts';
import type { LimitRange, PersistentVolumeClaim, Pod } from '../../generated/core-v1.ts';
import { prefixFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from './chain.ts';

const LIMIT_RANGES = { group: '', resource: 'limitranges' };

export function limitRanger(core: () => ServerCore): AdmissionPlugin {
  const rangesOf = ({ namespace }: AdmissionRequest): readonly LimitRange[] =>
    core()
      .cache.list<LimitRange>(prefixFor(LIMIT_RANGES, namespace))
      .map(({ object }) => object);
  return {
    name: 'LimitRanger',
    admit(request) {
      if (limited(request) !== 'pods') return;
      for (const range of rangesOf(request)) applyDefaults(range, request.object as Pod);
    },
    validate(request) {
      const what = limited(request);
      if (!what) return;
      for (const range of rangesOf(request)) {
        const refusals =
          what === 'pods'
            ? refusalsOfPod(range, request.object as Pod)
            : refusalsOfClaim(range, request.object as PersistentVolumeClaim);
        if (refusals.length > 0)
          throw forbidden(request.resource.named, shownName(request), together(refusals));
      }
    },
  };
}

/** Pods when they are made and resized, claims whenever they are written; nothing that is being deleted. */
function limited({ operation, resource, subresource, oldObject }: AdmissionRequest) {
  const { group, resource: plural } = resource.named;
  if (group !== '' || oldObject?.metadata.deletionTimestamp) return undefined;
  if (plural === 'pods') {
    const isResize = operation === 'UPDATE' && subresource === 'resize';
    return isResize || (operation === 'CREATE' && subresource === '') ? 'pods' : undefined;
  }
  const isWrite = operation === 'CREATE' || operation === 'UPDATE';
  return plural === 'persistentvolumeclaims' && isWrite && subresource === '' ? 'claims' : undefined;
}

/** Each reason once. */
function together(refusals: readonly string[]): string {
  const reasons = [...new Set(refusals)];
  return reasons.length === 1 ? reasons.join('') : `[${reasons.join(', ')}]`;
}
