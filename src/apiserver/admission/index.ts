/** The admission plugins in upstream's order: adding one is its file and its line here. */
import { type ServiceNetwork, serviceAddresses } from '../allocators/service-addresses.ts';
import type { ServerCore } from '../core.ts';
import { certificateSubjectRestriction } from './certificate-subject.ts';
import type { AdmissionPlugin } from './chain.ts';
import { claimResize } from './claim-resize.ts';
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { deviceAdminAccess } from './device-admin-access.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeDeclaredFeatures } from './node-declared-features.ts';
import { podResize } from './pods/resize.ts';
import { podSecurity } from './pods/security.ts';
import { podTopologyLabels } from './pods/topology-labels.ts';
import { validatingPolicies } from './policies/validating.ts';
import { priorityAdmission } from './priority.ts';
import { requesterIdentity } from './requester-identity.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { storageObjectProtection } from './storage-object-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export function defaultAdmission(
  core: () => ServerCore,
  network: ServiceNetwork,
): readonly AdmissionPlugin[] {
  return [
    namespaceLifecycle(core),
    limitRanger(core),
    serviceAccountAdmission(core),
    taintNodesByCondition,
    podSecurity(core),
    requesterIdentity,
    priorityAdmission(core),
    defaultTolerationSeconds,
    defaultStorageClass(core),
    storageObjectProtection,
    claimResize(core),
    runtimeClassAdmission(core),
    certificateSubjectRestriction,
    defaultIngressClass(core),
    deviceAdminAccess(core),
    podTopologyLabels(core),
    nodeDeclaredFeatures(core),
    podResize(core),
    validatingPolicies(core),
    // Last: what the others refuse must not take an address.
    serviceAddresses(core, network),
  ];
}
