/** Requests, limits and claims of containers, pods and pod overhead. */
import { ownField } from '../../../base/own-field.ts';
import type {
  ContainerResizePolicy,
  PodResourceClaim,
  PodSpec,
  ResourceClaim,
  ResourceRequirements,
} from '../../../generated/core-v1.ts';
import {
  at,
  child,
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundField,
  notSupported,
  required,
} from '../../field-error.ts';
import { dnsLabel, dnsSubdomain } from '../../meta/names.ts';
import { compareQuantities, quantityMilliValue, quantityValue } from '../../quantity.ts';
import { checkDnsLabel, checked, entriesOf, enumeration } from '../../validation/checks.ts';
import {
  isOvercommitAllowed,
  validateContainerResourceName,
  validateResourceAmount,
  validateResourceName,
} from '../../validation/resource-names.ts';
import { aggregateOf } from './aggregate.ts';

type NameCheck = (name: string, path: string) => FieldError[];

export interface RequirementsContext {
  /** Names of spec.resourceClaims. */
  readonly claimNames: ReadonlySet<string>;
  readonly checkName?: NameCheck;
}

const isHugePages = (name: string) => name.startsWith('hugepages-');

export function validateRequirements(
  resources: ResourceRequirements | undefined,
  path: string,
  { claimNames, checkName = validateContainerResourceName }: RequirementsContext,
): FieldError[] {
  const { limits = {}, requests = {}, claims = [] } = resources ?? {};
  const [limitsPath, requestsPath] = [child(path, 'limits'), child(path, 'requests')];
  const errors: FieldError[] = [];
  for (const [name, amount] of entriesOf(limits)) {
    errors.push(...validateAmount(name, amount, at(limitsPath, name), checkName));
  }
  for (const [name, amount] of entriesOf(requests)) {
    errors.push(...validateAmount(name, amount, at(requestsPath, name), checkName));
    const limit = ownField(limits, name);
    if (limit !== undefined) {
      const order = compareQuantities(amount, limit);
      if (order !== 0 && !isOvercommitAllowed(name)) {
        errors.push(invalidValue(requestsPath, amount, `must be equal to ${name} limit of ${limit}`));
      } else if (order > 0) {
        errors.push(
          invalidValue(requestsPath, amount, `must be less than or equal to ${name} limit of ${limit}`),
        );
      }
    } else if (!isOvercommitAllowed(name)) {
      errors.push(required(limitsPath, 'Limit must be set for non overcommitable resources'));
    }
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  }
  errors.push(...validateClaimNames(claims, claimNames, child(path, 'claims')));
  return errors;
}

function validateAmount(name: string, amount: string, path: string, checkName: NameCheck): FieldError[] {
  const errors = [...checkName(name, path), ...validateResourceAmount(name, amount, path)];
  if (isHugePages(name)) {
    const page = pageSize(name);
    // A size that is none divides nothing.
    if (page === undefined || quantityValue(amount) % page !== 0n) {
      errors.push(invalidValue(path, amount, `${amount} is not positive integer multiple of ${name}`));
    }
  }
  return errors;
}

/** In bytes; undefined: the name says no whole number of them. */
function pageSize(name: string): bigint | undefined {
  try {
    const size = name.slice('hugepages-'.length);
    const bytes = quantityValue(size);
    return bytes > 0n && quantityMilliValue(size) % 1000n === 0n ? bytes : undefined;
  } catch {
    return undefined;
  }
}

function validateClaimNames(
  claims: readonly ResourceClaim[],
  known: ReadonlySet<string>,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return claims.flatMap(({ name, request = '' }, i) => {
    const here = at(path, i);
    if (name === '') return [required(here)];
    const errors = claimOnce(name, request, here, seen);
    if (!known.has(name)) {
      const error = notFoundField(here, name);
      const which = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
      errors.push({
        ...error,
        body: `${error.body}: must be one of the names in pod.spec.resourceClaims${which}`,
      });
    }
    return errors;
  });
}

/** A claim is used whole, or request by request, each once. */
function claimOnce(name: string, request: string, here: string, seen: Set<string>): FieldError[] {
  if (seen.has(name)) return [duplicate(here, name)];
  const key = request ? `${name}/${request}` : name;
  const errors = request ? checkDnsLabel(child(here, 'request'), request) : [];
  if (seen.has(key)) errors.push(duplicate(here, key));
  else if (!request) {
    const parts = [...seen].filter(other => other.startsWith(`${name}/`));
    errors.push(...parts.map(() => duplicate(here, name)));
  }
  seen.add(key);
  return errors;
}

const POD_LEVEL = ['cpu', 'hugepages-', 'memory'];

/** spec.resources: what the whole pod may use (KEP-2837). */
export function validatePodResources(
  spec: PodSpec,
  path: string,
  claimNames: ReadonlySet<string>,
): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [forbiddenField(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = [];
  if ((resources.claims ?? []).length > 0) {
    errors.push(forbiddenField(child(path, 'claims'), 'claims may not be set for Resources at pod-level'));
  }
  errors.push(
    ...validateRequirements(resources, path, { claimNames, checkName: validatePodResourceName }),
    ...validateConsistency(spec, resources, path),
  );
  return errors;
}

function validatePodResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  const known = name === 'cpu' || name === 'memory' || isHugePages(name);
  return errors.length > 0 || known ? errors : [notSupported(path, name, POD_LEVEL)];
}

/** The pod's requests hold those of its containers, and no container's limit is above the pod's. */
function validateConsistency(
  spec: PodSpec,
  { requests, limits }: ResourceRequirements,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const atLeast = (of: Readonly<Record<string, string>> | undefined, kind: 'requests' | 'limits') => {
    for (const [name, together] of entriesOf(aggregateOf(spec, kind))) {
      const amount = ownField(of ?? {}, name);
      if (amount === undefined || (kind === 'limits' && !isHugePages(name))) continue;
      if (compareQuantities(together, amount) <= 0) continue;
      const why = `must be greater than or equal to aggregate container ${kind} of ${together}`;
      errors.push(invalidValue(at(child(path, kind), name), amount, why));
    }
  };
  atLeast(requests, 'requests');
  atLeast(limits, 'limits');
  (spec.containers ?? []).forEach((container, i) => {
    for (const [name, limit] of entriesOf(container.resources?.limits)) {
      const most = ownField(limits ?? {}, name);
      if (most === undefined || compareQuantities(limit, most) <= 0) continue;
      // Upstream builds the path from that of the pod's resources.
      const here = child(at(at(child(path, 'containers'), i), name), 'limits');
      errors.push(invalidValue(here, limit, `must be less than or equal to pod limits of ${most}`));
    }
  });
  return errors;
}

export function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  path: string,
  podRestartPolicy: string | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName, restartPolicy }, i) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(at(path, i), resourceName));
    seen.add(resourceName);
    errors.push(
      ...enumeration(path, resourceName, ['cpu', 'memory']),
      ...enumeration(path, restartPolicy, ['NotRequired', 'RestartContainer']),
    );
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(
        invalidValue(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"),
      );
    }
    return errors;
  });
}

export function validatePodResourceClaims(claims: readonly PodResourceClaim[], path: string): FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, i) => {
    const here = at(path, i);
    const name = child(here, 'name');
    const errors: FieldError[] = [];
    if (claim.name === '') errors.push(required(name));
    else if (names.has(claim.name)) errors.push(duplicate(name, claim.name));
    else errors.push(...checked(name, claim.name, dnsLabel));
    names.add(claim.name);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    const shown = {
      Name: claim.name,
      ResourceClaimName: resourceClaimName ?? null,
      ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
    };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      errors.push(
        invalidValue(
          here,
          shown,
          'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
        ),
      );
    } else if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      errors.push(
        invalidValue(here, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'),
      );
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const value = claim[field];
      if (value !== undefined) errors.push(...checked(child(here, field), value, v => dnsSubdomain(v)));
    }
    return errors;
  });
}
