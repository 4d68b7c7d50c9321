import type { Node } from '../../generated/core-v1.ts';
import { carryOver, keepStatus } from '../carry-over.ts';
import { defineKind } from '../define.ts';
import { at, duplicate, type FieldError, forbiddenField, invalidValue } from '../field-error.ts';
import { checked, entriesOf } from '../validation/checks.ts';
import { jsonSyntaxError } from '../validation/go-json-syntax.ts';
import { cidrErrors, parseCidr } from '../validation/ip.ts';
import { cidrWarnings } from '../validation/ip-warnings.ts';
import { validateResourceAmount } from '../validation/resource-names.ts';
import { nodeColumns } from './node/columns.ts';
import { validateTaints } from './node/taints.ts';

const AVOID_PODS = 'scheduler.alpha.kubernetes.io/preferAvoidPods';

/** podCIDR is the first of podCIDRs; where they differ, podCIDR is what an old kubelet knows. */
function defaults({ spec, status }: Node): void {
  if (spec?.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  if (spec?.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
}

function validateAnnotations({ metadata }: Node): FieldError[] {
  const text = metadata.annotations?.[AVOID_PODS];
  const error = text === undefined || text === '' ? undefined : jsonSyntaxError(text);
  return error === undefined ? [] : [invalidValue('metadata.annotations.AvoidPods', AVOID_PODS, error)];
}

function validateResources({ status }: Node): FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap(list =>
    entriesOf(status?.[list]).flatMap(([resource, amount]) =>
      validateResourceAmount(resource, amount, `status.${list}.${resource}`),
    ),
  );
}

function validatePodCidrs({ spec }: Node): FieldError[] {
  const cidrs = spec?.podCIDRs ?? [];
  const errors = cidrs.flatMap((cidr, i) => checked(at('spec.podCIDRs', i), cidr, cidrErrors));
  const families = new Set(cidrs.map(cidr => parseCidr(cidr)?.ip.family));
  if (cidrs.length > 2 || (cidrs.length === 2 && errors.length === 0 && families.size < 2)) {
    errors.push(invalidValue('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
}

function validate(node: Node): FieldError[] {
  return [
    ...validateAnnotations(node),
    // Upstream names the path so; clients have seen it for years.
    ...validateTaints(node.spec?.taints ?? [], 'metadata.taints'),
    ...validateResources(node),
    ...validatePodCidrs(node),
  ];
}

/** One for every range that differs, or one for all where their number does; none where there were none. */
function changes(next: readonly string[] = [], old: readonly string[] = []): readonly string[] {
  if (old.length > 0 && next.length !== old.length) return old.slice(0, 1);
  return old.filter((cidr, i) => next[i] !== cidr);
}

/** Dynamic kubelet configuration is gone; what asks for it, or reports it, is not an error. */
function dropKubeletConfiguration({ spec, status }: Node): void {
  if (spec) delete spec.configSource;
  if (status) delete status.config;
}

function validateChange(next: Node, old: Node): FieldError[] {
  const errors = [...validateAnnotations(next), ...validateResources(next)];
  const seen = new Set<string>();
  for (const [i, { type, address }] of (next.status?.addresses ?? []).entries()) {
    const identity = `${type} ${address}`;
    if (seen.has(identity))
      errors.push(duplicate(at('status.addresses', i), { Type: type, Address: address }));
    seen.add(identity);
  }
  const once = (field: string, shown: string) =>
    forbiddenField(`spec.${field}`, `node updates may not change ${shown} except from "" to valid`);
  const [cidrs, before] = [next, old].map(({ spec }) => spec?.podCIDRs ?? []);
  errors.push(...changes(cidrs, before).map(() => once('podCIDRs', 'podCIDR')));
  if (old.spec?.providerID && next.spec?.providerID !== old.spec.providerID) {
    errors.push(once('providerID', 'providerID'));
  }
  errors.push(...validateTaints(next.spec?.taints ?? [], 'metadata.taints'));
  if ((next.spec?.externalID ?? '') !== (old.spec?.externalID ?? '')) {
    errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  }
  return errors;
}

export const node = defineKind<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  defaults,
  prepareForCreate: dropKubeletConfiguration,
  // Kubelets register their nodes with a status; later it changes through /status alone.
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropKubeletConfiguration(next);
  },
  validate,
  validateUpdate: (next, old) => [...validate(next), ...validateChange(next, old)],
  warnings: o => [
    ...(o.spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(o.spec?.podCIDRs ?? []).flatMap((cidr, i) => cidrWarnings(at('spec.podCIDRs', i), cidr)),
  ],
  subresources: {
    status: {
      prepareForUpdate: (next, old) => {
        carryOver(next, old, 'spec');
        dropKubeletConfiguration(next);
      },
      validateUpdate: validateChange,
    },
  },
  columns: nodeColumns,
  selectableFields: { 'spec.unschedulable': o => String(o.spec?.unschedulable ?? false) },
});
