/**
 * Validation of pod specs and templates: upstream's ValidatePodSpec and ValidatePodTemplateSpec,
 * topic by topic in files beside this one, in upstream's order.
 */
import type { PodReadinessGate, PodSpec, PodTemplateSpec } from '../../../generated/core-v1.ts';
import type { ObjectMeta } from '../../../generated/meta-v1.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, tooLong } from '../../field-error.ts';
import { validateLabels } from '../../meta/labels.ts';
import { rangeError } from '../../meta/names.ts';
import { validateAnnotations } from '../../meta/object-meta.ts';
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkQualifiedName,
  enumeration,
} from '../../validation/checks.ts';
import { isMirrorPod, validatePodAnnotations, validateProfilesMatch } from '../pod/annotations.ts';
import { validateVolumes } from '../pod-volumes/validate.ts';
import { validateAffinity } from './affinity.ts';
import {
  type ContainerContext,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './containers.ts';
import { validateDnsConfig, validateHostAliases } from './dns.ts';
import { validateFileVolumes } from './env.ts';
import type { PodValidationOptions } from './options.ts';
import { validateHostNetworkPorts } from './ports.ts';
import { validatePodResourceClaims, validatePodResources, validateRequirements } from './resources.ts';
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validateHostUsers, validatePodSecurity } from './security.ts';
import { validateHostProcess, validateOs } from './windows.ts';

const DEADLINE_MAX_SECONDS = 2 ** 31 - 1;

/** `meta` is the pod's or the template's: names of ephemeral volumes' claims derive from it. */
export function validatePodSpec(
  spec: PodSpec,
  meta: ObjectMeta | undefined,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  const claimNames = new Set((spec.resourceClaims ?? []).map(c => c.name));
  const volumes = validateVolumes(spec.volumes ?? [], child(path, 'volumes'), { meta, ...options });
  const context: ContainerContext = { spec, volumes: volumes.byName, claimNames };
  return [
    ...volumes.errors,
    ...(isMirrorPod({ metadata: meta })
      ? (spec.resourceClaims ?? []).map(() =>
          forbiddenField('', 'static pods do not support resource claims'),
        )
      : validatePodResourceClaims(spec.resourceClaims ?? [], child(path, 'resourceClaims'))),
    ...validateContainers(context, child(path, 'containers')),
    ...validateInitContainers(context, child(path, 'initContainers'), options),
    ...validateEphemeralContainers(context, child(path, 'ephemeralContainers')),
    ...validatePodResources(spec, child(path, 'resources'), claimNames),
    ...validateHostNetworkPorts(spec, path, options),
    ...enumeration(child(path, 'restartPolicy'), spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...enumeration(child(path, 'dnsPolicy'), spec.dnsPolicy, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...validateLabels(spec.nodeSelector, child(path, 'nodeSelector')),
    ...validatePodSecurity(spec.securityContext, spec, child(path, 'securityContext')),
    ...validateAffinity(spec.affinity, child(path, 'affinity'), options),
    ...validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, child(path, 'dnsConfig')),
    ...validateReadinessGates(spec.readinessGates ?? [], child(path, 'readinessGates')),
    ...validateSchedulingGates(spec.schedulingGates ?? [], child(path, 'schedulingGates')),
    ...validateTopologySpread(
      spec.topologySpreadConstraints ?? [],
      child(path, 'topologySpreadConstraints'),
      options,
    ),
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, path),
    ...validateNames(spec, path),
    ...validateTolerations(spec.tolerations ?? [], child(path, 'tolerations')),
    ...validateHostAliases(spec.hostAliases ?? [], child(path, 'hostAliases')),
    ...validateClasses(spec, path),
    ...(spec.overhead
      ? validateRequirements({ limits: spec.overhead }, child(path, 'overhead'), { claimNames })
      : []),
    ...validateOs(spec, path),
    ...validateFileVolumes(spec, path),
  ];
}

function validateReadinessGates(gates: readonly PodReadinessGate[], path: string): FieldError[] {
  return gates.flatMap(({ conditionType }, i) =>
    checkQualifiedName(child(at(path, i), 'conditionType'), conditionType),
  );
}

function validateNames(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain } = spec;
  if (serviceAccountName) {
    errors.push(...checkDnsSubdomain(child(path, 'serviceAccountName'), serviceAccountName));
  }
  if (nodeName) errors.push(...checkDnsSubdomain(child(path, 'nodeName'), nodeName));
  if (
    activeDeadlineSeconds !== undefined &&
    (activeDeadlineSeconds < 1 || activeDeadlineSeconds > DEADLINE_MAX_SECONDS)
  ) {
    const here = child(path, 'activeDeadlineSeconds');
    errors.push(invalidValue(here, activeDeadlineSeconds, rangeError(1, DEADLINE_MAX_SECONDS)));
  }
  if (hostname) errors.push(...checkDnsLabel(child(path, 'hostname'), hostname));
  if (subdomain) errors.push(...checkDnsLabel(child(path, 'subdomain'), subdomain));
  return errors;
}

const HOSTNAME_MAX = 64;

/** A host name of the pod's own choosing excludes what would decide it otherwise (KEP-4762). */
function validateHostnameOverride(spec: PodSpec, path: string): FieldError[] {
  const here = child(path, 'hostnameOverride');
  const value = spec.hostnameOverride;
  if (value === undefined) return [];
  const errors = (['setHostnameAsFQDN', 'hostNetwork'] as const)
    .filter(field => spec[field])
    .map(field => forbiddenField(here, `may not be specified when ${field} is true`));
  if (value.length > HOSTNAME_MAX) errors.push(tooLong(here, HOSTNAME_MAX));
  return [...errors, ...checkDnsSubdomain(here, value)];
}

function validateClasses(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { priorityClassName, runtimeClassName, preemptionPolicy } = spec;
  if (priorityClassName) {
    errors.push(...checkDnsSubdomain(child(path, 'priorityClassName'), priorityClassName));
  }
  if (runtimeClassName !== undefined) {
    errors.push(...checkDnsSubdomain(child(path, 'runtimeClassName'), runtimeClassName));
  }
  if (preemptionPolicy !== undefined) {
    const policies = ['PreemptLowerPriority', 'Never'];
    errors.push(...enumeration(child(path, 'preemptionPolicy'), preemptionPolicy, policies));
  }
  return errors;
}

/** A template as workloads carry it; `path` is the template's. */
export function validatePodTemplateSpec(
  template: PodTemplateSpec,
  path: string,
  options: PodValidationOptions,
): FieldError[] {
  const { metadata } = template;
  const spec = template.spec ?? { containers: [] };
  const errors = [
    ...validateLabels(metadata?.labels, child(path, 'labels')),
    ...validateAnnotations(metadata?.annotations, child(path, 'annotations')),
    ...validatePodAnnotations(metadata?.annotations ?? {}, spec, child(path, 'annotations')),
    ...validatePodSpec(spec, undefined, child(path, 'spec'), options),
    ...validateProfilesMatch(metadata?.annotations ?? {}, spec, child(path, 'spec')),
  ];
  if ((spec.ephemeralContainers ?? []).length > 0) {
    errors.push(
      forbiddenField(
        child(child(path, 'spec'), 'ephemeralContainers'),
        'ephemeral containers not allowed in pod template',
      ),
    );
  }
  return errors;
}
