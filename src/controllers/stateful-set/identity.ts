/** What makes the pods of a StatefulSet individuals: ordinal, name, host name, claims. Pure. */
import { controllerReference } from '../../client/owner-reference.ts';
import type { StatefulSet } from '../../generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '../../generated/core-v1.ts';
import { STATEFUL_SET_KIND } from '../owner-kinds.ts';

const REVISION_LABEL = 'controller-revision-hash';
const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

/** The number at the end of the pod's name; undefined when it is not one of the set's names. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const { name = '' } = pod.metadata;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

/** The name of the ControllerRevision the pod was made from. */
export const revisionNameOf = (pod: Pod): string => pod.metadata.labels?.[REVISION_LABEL] ?? '';

/**
 * The pod of an ordinal: its name, host name, claims and labels.
 * @param template of the revision named `revisionName`
 */
export function statefulPod(
  set: StatefulSet,
  template: PodTemplateSpec,
  ordinal: number,
  revisionName: string,
): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const spec = template.spec ?? { containers: [] };
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map(claim => claim.metadata.name));
  const volumes = [
    ...claims.map(claim => ({
      name: claim.metadata.name ?? '',
      persistentVolumeClaim: { claimName: claimName(claim, name) },
    })),
    ...(spec.volumes ?? []).filter(volume => !claimed.has(volume.name)),
  ];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: set.metadata.namespace,
      name,
      generateName: `${set.metadata.name}-`,
      labels: {
        ...template.metadata?.labels,
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
        [REVISION_LABEL]: revisionName,
      },
      ...(template.metadata?.annotations ? { annotations: { ...template.metadata.annotations } } : {}),
      ...(template.metadata?.finalizers ? { finalizers: [...template.metadata.finalizers] } : {}),
      ownerReferences: [controllerReference(set, STATEFUL_SET_KIND)],
    },
    spec: {
      ...spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

/** The claims a pod needs; they outlive it. */
export function claimsOf(set: StatefulSet, pod: Pod): readonly PersistentVolumeClaim[] {
  return (set.spec.volumeClaimTemplates ?? []).map(template => ({
    ...template,
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      namespace: set.metadata.namespace,
      name: claimName(template, pod.metadata.name ?? ''),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
    },
  }));
}

const claimName = (template: PersistentVolumeClaim, podName: string) =>
  `${template.metadata.name}-${podName}`;
