/** Validation of Services (upstream's ValidateService), after their addresses are allocated. */
import type { Service } from '../../../generated/core-v1.ts';
import {
  at,
  child,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../../field-error.ts';
import { validateLabels } from '../../meta/labels.ts';
import {
  checkDnsSubdomain,
  checked,
  checkQualifiedName,
  enumeration,
  inRange,
} from '../../validation/checks.ts';
import { cidrErrors, ipErrors, specialIpErrors } from '../../validation/ip.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckPort, specOf } from './traits.ts';
import { validateClusterIps } from './validate-cluster-ips.ts';
import { validatePorts, validatePortsOfType } from './validate-ports.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const POLICIES = ['Cluster', 'Local'];
const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
/** One day. */
const MAX_AFFINITY_SECONDS = 86_400;
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'";

export function validateService(service: Service): FieldError[] {
  const { selector, type } = specOf(service);
  return [
    ...validateAnnotations(service),
    ...validateByType(service),
    ...validatePorts(service),
    ...(selector ? validateLabels(selector, 'spec.selector') : []),
    ...validateAffinity(service),
    ...validateClusterIps(service),
    ...validateExternalIps(service),
    ...enumeration('spec.type', type, TYPES),
    ...validatePortsOfType(service),
    ...validateLoadBalancer(service),
    ...validateTraffic(service),
  ];
}

function validateAnnotations({ metadata: { annotations = {} } }: Service): FieldError[] {
  const [hints, mode] = [annotations[TOPOLOGY_HINTS], annotations[TOPOLOGY_MODE]];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const why = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalidValue(at('metadata.annotations', TOPOLOGY_MODE), mode, why)];
}

function validateByType(service: Service): FieldError[] {
  const {
    type,
    ports = [],
    clusterIPs = [],
    ipFamilies = [],
    ipFamilyPolicy,
    externalName = '',
  } = specOf(service);
  const errors: FieldError[] = [];
  if (ports.length === 0 && !isHeadless(service) && type !== 'ExternalName')
    errors.push(required('spec.ports'));
  if (type === 'ExternalName') {
    const why = 'may not be set for ExternalName services';
    if (clusterIPs.length > 0) errors.push(forbiddenField('spec.clusterIPs', why));
    if (ipFamilies.length > 0) errors.push(forbiddenField('spec.ipFamilies', why));
    if (ipFamilyPolicy !== undefined) errors.push(forbiddenField('spec.ipFamilyPolicy', why));
    // A dot at the end marks the name as complete.
    const cname = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName;
    errors.push(...(cname ? checkDnsSubdomain('spec.externalName', cname) : [required('spec.externalName')]));
  } else if (isHeadless(service) && (type === 'LoadBalancer' || type === 'NodePort')) {
    const why = `may not be set to 'None' for ${type} services`;
    errors.push(invalidValue(at('spec.clusterIPs', 0), clusterIPs[0], why));
  }
  return errors;
}

function validateAffinity(service: Service): FieldError[] {
  const { sessionAffinity, sessionAffinityConfig: config } = specOf(service);
  const errors = enumeration('spec.sessionAffinity', sessionAffinity, AFFINITIES);
  const path = 'spec.sessionAffinityConfig';
  if (sessionAffinity === 'None' && config) {
    errors.push(forbiddenField(path, 'must not be set when session affinity is None'));
  }
  if (sessionAffinity !== 'ClientIP') return errors;
  const seconds = config?.clientIP?.timeoutSeconds;
  if (seconds === undefined) {
    const missing = !config
      ? path
      : !config.clientIP
        ? child(path, 'clientIP')
        : child(path, 'clientIP.timeoutSeconds');
    errors.push(required(missing, 'when session affinity type is ClientIP'));
  } else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) {
    const why = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
    errors.push(invalidValue(child(path, 'clientIP.timeoutSeconds'), seconds, why));
  }
  return errors;
}

function validateExternalIps(service: Service): FieldError[] {
  return (specOf(service).externalIPs ?? []).flatMap((ip, i) => {
    const path = at('spec.externalIPs', i);
    const errors = checked(path, ip, ipErrors);
    return errors.length > 0 ? errors : checked(path, ip, specialIpErrors);
  });
}

function validateLoadBalancer({ metadata, ...service }: Service): FieldError[] {
  const spec = service.spec ?? {};
  const balanced = spec.type === 'LoadBalancer';
  const errors: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0) {
    // Upstream spells the path with a capital; clients have seen it for years.
    const path = 'spec.LoadBalancerSourceRanges';
    if (!balanced) errors.push(forbiddenField(path, ONLY_BALANCERS));
    errors.push(...ranges.flatMap((range, i) => checked(at(path, i), range.trim(), cidrErrors)));
  } else if (metadata.annotations?.[SOURCE_RANGES] !== undefined) {
    const text = metadata.annotations[SOURCE_RANGES].trim();
    const path = at('metadata.annotations', SOURCE_RANGES);
    if (!balanced) errors.push(forbiddenField(path, ONLY_BALANCERS));
    const list = text === '' ? [] : text.split(',');
    errors.push(...list.flatMap(range => checked(path, range.trim(), cidrErrors)));
  }
  const allocate = spec.allocateLoadBalancerNodePorts;
  if (allocate !== undefined && !balanced)
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', ONLY_BALANCERS));
  // Upstream leaves the spec out of this path.
  if (allocate === undefined && balanced) errors.push(required('allocateLoadBalancerNodePorts'));
  return [...errors, ...validateLoadBalancerClass({ metadata, ...service })];
}

export function validateLoadBalancerClass(service: Service): FieldError[] {
  const { type, loadBalancerClass } = specOf(service);
  const path = 'spec.loadBalancerClass';
  if (loadBalancerClass === undefined) return [];
  return type === 'LoadBalancer'
    ? checkQualifiedName(path, loadBalancerClass)
    : [forbiddenField(path, ONLY_BALANCERS)];
}

function validateTraffic(service: Service): FieldError[] {
  const spec = specOf(service);
  const errors: FieldError[] = [];
  const external = 'spec.externalTrafficPolicy';
  if (isExternallyAccessible(service)) {
    errors.push(...enumeration(external, spec.externalTrafficPolicy, POLICIES));
  } else if (spec.externalTrafficPolicy) {
    const why = 'may only be set for externally-accessible services';
    errors.push(invalidValue(external, spec.externalTrafficPolicy, why));
  }
  const check = 'spec.healthCheckNodePort';
  if (needsHealthCheckPort(service)) {
    if (!spec.healthCheckNodePort) errors.push(required(check));
    else errors.push(...inRange(check, spec.healthCheckNodePort, 1, 65535));
  } else if (spec.healthCheckNodePort) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalidValue(check, spec.healthCheckNodePort, why));
  }
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (spec.type !== 'ExternalName' && TYPES.includes(spec.type ?? ''))
      errors.push(required('spec.internalTrafficPolicy'));
  } else if (!POLICIES.includes(internal)) {
    errors.push(notSupported('spec.internalTrafficPolicy', internal, POLICIES));
  }
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && !DISTRIBUTIONS.includes(distribution)) {
    errors.push(notSupported('spec.trafficDistribution', distribution, DISTRIBUTIONS));
  }
  return errors;
}
