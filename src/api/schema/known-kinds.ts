/**
 * Which kinds upstream's scheme knows besides those it serves: it tells a body of another kind from
 * one of an unknown kind, and still converts from versions that are no longer served.
 */
import { ownField } from '../../base/own-field.ts';
import type { GroupVersionKind } from '../object.ts';
import { kindId } from './lookup.ts';

/** Versions by group that are registered for conversion only. */
const OLD_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  apps: ['v1beta1', 'v1beta2'],
  extensions: ['v1beta1'],
  batch: ['v1beta1'],
  autoscaling: ['v2beta1', 'v2beta2'],
  policy: ['v1beta1'],
  'networking.k8s.io': ['v1beta1', 'v1alpha1'],
  'rbac.authorization.k8s.io': ['v1alpha1', 'v1beta1'],
  'storage.k8s.io': ['v1alpha1', 'v1beta1'],
  'scheduling.k8s.io': ['v1alpha1', 'v1beta1'],
  'coordination.k8s.io': ['v1alpha2', 'v1beta1'],
  'certificates.k8s.io': ['v1alpha1', 'v1beta1'],
  'discovery.k8s.io': ['v1beta1'],
  'events.k8s.io': ['v1beta1'],
  'node.k8s.io': ['v1alpha1', 'v1beta1'],
  'flowcontrol.apiserver.k8s.io': ['v1beta1', 'v1beta2', 'v1beta3'],
  'admissionregistration.k8s.io': ['v1alpha1', 'v1beta1'],
  'authentication.k8s.io': ['v1alpha1', 'v1beta1'],
  'authorization.k8s.io': ['v1beta1'],
  'resource.k8s.io': ['v1alpha3', 'v1beta1', 'v1beta2'],
  'apiextensions.k8s.io': ['v1beta1'],
  'apiregistration.k8s.io': ['v1beta1'],
};

/** Versions of other groups that a kind once lived in, by its group of today. */
const MOVED_FROM: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'extensions/v1beta1': {
    apps: ['DaemonSet', 'Deployment', 'ReplicaSet'],
    'networking.k8s.io': ['Ingress', 'NetworkPolicy'],
    autoscaling: ['Scale'],
  },
  'apps/v1beta1': { autoscaling: ['Scale'] },
  'apps/v1beta2': { autoscaling: ['Scale'] },
  '/v1': { 'events.k8s.io': ['Event'] },
  'events.k8s.io/v1': { '': ['Event'] },
};

/** Registered in every version. */
const EVERYWHERE = new Set([
  'WatchEvent',
  'ListOptions',
  'GetOptions',
  'DeleteOptions',
  'CreateOptions',
  'UpdateOptions',
  'PatchOptions',
]);
const META_V1 = new Set(['Status', 'APIVersions', 'APIGroup', 'APIGroupList', 'APIResourceList', 'List']);

/** What a body's kind is to the kind that was expected. */
export function isKnownKind(
  given: GroupVersionKind,
  expected: GroupVersionKind,
): 'otherVersion' | 'otherKind' | 'unknown' {
  const { group, version, kind } = given;
  if (
    ownField(ownField(MOVED_FROM, `${group}/${version}`), expected.group)?.includes(expected.kind) &&
    kind === expected.kind
  ) {
    return 'otherVersion';
  }
  const sameKind = kind === expected.kind && group === expected.group;
  if (kindId(group, version, kind) !== undefined) return sameKind ? 'otherVersion' : 'otherKind';
  if (sameKind && ownField(OLD_VERSIONS, group)?.includes(version)) return 'otherVersion';
  if (group === '' && version === 'v1' && META_V1.has(kind)) return 'otherKind';
  if (EVERYWHERE.has(kind) && ownField(OLD_VERSIONS, group) !== undefined) return 'otherKind';
  return 'unknown';
}
