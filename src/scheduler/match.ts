/** Matching of node selectors and tolerations (API reference: NodeSelectorTerm, Toleration). */
import type { NodeSelectorRequirement, NodeSelectorTerm, Taint, Toleration } from '../generated/core-v1.ts';
import type { NodeInfo } from './node-info.ts';

/** A term without requirements matches nothing; terms are alternatives. */
export function matchesNodeTerms(terms: readonly NodeSelectorTerm[], node: NodeInfo): boolean {
  return terms.some(term => matchesNodeTerm(term, node));
}

export function matchesNodeTerm(term: NodeSelectorTerm, node: NodeInfo): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every(r => matchesRequirement(r, node.labels[r.key])) &&
    fields.every(r => matchesRequirement(r, r.key === 'metadata.name' ? node.name : undefined))
  );
}

function matchesRequirement(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      if (value === undefined || !/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(values[0] ?? ''))
        return false;
      const [have, bound] = [BigInt(value), BigInt(values[0] ?? '0')];
      return requirement.operator === 'Gt' ? have > bound : have < bound;
    }
    default:
      return false;
  }
}

/** Whether one of the tolerations covers the taint. An empty key with Exists covers every taint. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(t => {
    if (t.effect && t.effect !== taint.effect) return false;
    if (t.key && t.key !== taint.key) return false;
    const operator = t.operator || 'Equal';
    if (operator === 'Exists') return true;
    return Boolean(t.key) && operator === 'Equal' && (t.value ?? '') === (taint.value ?? '');
  });
}
