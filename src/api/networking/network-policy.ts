import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../../generated/networking-v1.ts';
import { age, column, labelSelector, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { at, child, type FieldError, forbiddenField, invalidValue, required } from '../field-error.ts';
import { validateLabelSelector } from '../meta/labels.ts';
import { portName } from '../meta/names.ts';
import { checked, inRange, optionalEnumeration } from '../validation/checks.ts';
import { cidrContains, cidrErrors, maskIp, parseCidr } from '../validation/ip.ts';
import { cidrWarnings } from '../validation/ip-warnings.ts';

const TYPES = ['Ingress', 'Egress'];
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'];

function defaults({ spec }: NetworkPolicy): void {
  if (!spec) return;
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
  for (const port of rules.flatMap(rule => rule.ports ?? [])) port.protocol ??= 'TCP';
  spec.policyTypes ??= spec.egress?.length ? [...TYPES] : ['Ingress'];
}

function validate({ spec }: NetworkPolicy): FieldError[] {
  if (!spec) return [];
  const types = spec.policyTypes ?? [];
  const rule = (
    path: string,
    ports: readonly NetworkPolicyPort[],
    peers: readonly NetworkPolicyPeer[],
    list: string,
  ) => [
    ...ports.flatMap((port, i) => validatePort(port, at(child(path, 'ports'), i))),
    ...peers.flatMap((peer, i) => validatePeer(peer, at(child(path, list), i))),
  ];
  return [
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap((r, i) =>
      rule(at('spec.ingress', i), r.ports ?? [], r.from ?? [], 'from'),
    ),
    ...(spec.egress ?? []).flatMap((r, i) => rule(at('spec.egress', i), r.ports ?? [], r.to ?? [], 'to')),
    ...(types.length > TYPES.length
      ? [invalidValue('spec.policyTypes', types, 'may not specify more than two policyTypes')]
      : types.flatMap((type, i) => optionalEnumeration(at('spec.policyTypes', i), type, TYPES))),
  ];
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const errors = optionalEnumeration(child(path, 'protocol'), protocol, PROTOCOLS);
  const end = child(path, 'endPort');
  if (typeof port === 'number') {
    errors.push(...inRange(child(path, 'port'), port, 1, 65535));
    if (endPort === undefined) return errors;
    if (endPort < port) errors.push(invalidValue(end, port, 'must be greater than or equal to `port`'));
    return [...errors, ...inRange(end, endPort, 1, 65535)];
  }
  if (endPort !== undefined) {
    const what = port === undefined ? 'not specified' : 'non-numeric';
    errors.push(invalidValue(end, endPort, `may not be specified when \`port\` is ${what}`));
  }
  return port === undefined ? errors : [...errors, ...checked(child(path, 'port'), port, portName)];
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer,
  path: string,
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, child(path, 'podSelector')),
    ...validateLabelSelector(namespaceSelector, child(path, 'namespaceSelector')),
    ...(ipBlock ? validateBlock(ipBlock, child(path, 'ipBlock')) : []),
  ];
  const peers = [podSelector, namespaceSelector, ipBlock].filter(peer => peer !== undefined).length;
  if (peers === 0) errors.push(required(path, 'must specify a peer'));
  else if (peers > 1 && ipBlock)
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  return errors;
}

function validateBlock({ cidr, except = [] }: IPBlock, path: string): FieldError[] {
  if (!cidr) return [required(child(path, 'cidr'))];
  const errors = checked(child(path, 'cidr'), cidr, cidrErrors);
  const whole = parseCidr(cidr);
  if (!whole) return errors;
  for (const [i, text] of except.entries()) {
    const where = at(child(path, 'except'), i);
    errors.push(...checked(where, text, cidrErrors));
    const part = parseCidr(text);
    if (!part) continue;
    if (!cidrContains(whole, maskIp(part)) || whole.prefix >= part.prefix) {
      errors.push(invalidValue(where, text, 'must be a strict subset of `cidr`'));
    }
  }
  return errors;
}

function warnings({ spec }: NetworkPolicy): string[] {
  const block = (ipBlock: IPBlock | undefined, path: string) => [
    ...cidrWarnings(child(path, 'ipBlock.cidr'), ipBlock?.cidr),
    ...(ipBlock?.except ?? []).flatMap((cidr, i) => cidrWarnings(at(child(path, 'ipBlock.except'), i), cidr)),
  ];
  return [
    ...(spec?.ingress ?? []).flatMap(({ from = [] }, i) =>
      from.flatMap((peer, j) => block(peer.ipBlock, `${at('spec.ingress', i)}.${at('from', j)}`)),
    ),
    ...(spec?.egress ?? []).flatMap(({ to = [] }, i) =>
      to.flatMap((peer, j) => block(peer.ipBlock, `${at('spec.egress', i)}.${at('to', j)}`)),
    ),
  ];
}

export const networkPolicy = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.NetworkPolicy',
  tracksGeneration: true,
  defaults,
  validate,
  warnings,
  columns: [name, column('Pod-Selector', o => labelSelector(o.spec?.podSelector)), age],
});
