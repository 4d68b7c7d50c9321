/**
 * Whether a node is one that a NodeSelector means (API reference, NodeSelectorTerm): for the
 * scheduler, for DaemonSets, and for whoever else chooses nodes. Pure.
 */
import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../../generated/core-v1.ts';

export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const INTEGER = /^[+-]?\d+$/;

/** Terms are alternatives: none of them, no node. */
export function matchesNodeTerms(terms: readonly NodeSelectorTerm[], node: SelectableNode): boolean {
  return terms.some(term => matchesNodeTerm(term, node));
}

/** Requirements add up; a term without any matches nothing. The only field is metadata.name. */
export function matchesNodeTerm(term: NodeSelectorTerm, node: SelectableNode): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every(r => matchesRequirement(r, node.labels[r.key])) &&
    fields.every(r => matchesRequirement(r, r.key === 'metadata.name' ? node.name : undefined))
  );
}

/** Gt and Lt compare integers of any size; a label that is none does not match. */
function matchesRequirement(
  { operator, values = [] }: NodeSelectorRequirement,
  value: string | undefined,
): boolean {
  switch (operator) {
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
      const [bound = ''] = values;
      if (value === undefined || !INTEGER.test(value) || !INTEGER.test(bound)) return false;
      return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound);
    }
    default:
      return false;
  }
}
