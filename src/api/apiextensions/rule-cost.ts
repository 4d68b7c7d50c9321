/**
 * How much a rule costs at worst. Upstream's estimate weighs every operation; here only loops over what
 * has no bound count, which is what makes rules expensive. So only rules far beyond the budget are
 * refused, as upstream refuses them too; one that is a little beyond it is let in.
 */
import type { Node } from '../cel/ast.ts';
import { additionalOf, itemsOf, type Schema } from './schema.ts';

/** Of one rule, and of all rules of a version. */
export const RULE_BUDGET = 10_000_000;
export const TOTAL_BUDGET = 100_000_000;
/** The message gives no number beyond this factor. */
export const FAR_BEYOND = 100;

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** The shortest JSON of an element, with its comma: `"",`. */
const MIN_ELEMENT_BYTES = 3;

type Scope = Readonly<Record<string, Schema | undefined>>;

/**
 * @param self the schema of what the rule is about
 * @returns in upstream's units, of which RULE_BUDGET are allowed
 */
export function ruleCost(rule: Node, self: Schema): number {
  return costOf(rule, { self, oldSelf: self });
}

function costOf(node: Node, scope: Scope): number {
  switch (node.kind) {
    case 'literal':
    case 'identifier':
      return 1;
    case 'select':
      return 1 + costOf(node.operand, scope);
    case 'call':
      return sum([...(node.target ? [node.target] : []), ...node.args], scope);
    case 'list':
      return sum(node.items, scope);
    case 'map':
      return sum(
        node.entries.flatMap(e => [e.key, e.value]),
        scope,
      );
    case 'message':
      return sum(
        node.fields.map(f => f.value),
        scope,
      );
    case 'fold': {
      const { range, variables, body } = node.fold;
      const over = schemaOf(range, scope);
      const element = over && (itemsOf(over) ?? additionalOf(over));
      const inner = { ...scope, ...Object.fromEntries(variables.map(name => [name, element])) };
      const size = ['bind', 'optMap', 'optFlatMap'].includes(node.fold.macro) ? 1 : sizeOf(over);
      return costOf(range, scope) + size * sum(body, inner);
    }
  }
}

const sum = (nodes: readonly Node[], scope: Scope) => nodes.reduce((total, n) => total + costOf(n, scope), 1);

/** How many elements; 1 where nothing is known, as of what a call returns. */
function sizeOf(schema: Schema | undefined): number {
  if (!schema) return 1;
  return schema.maxItems ?? schema.maxProperties ?? MAX_REQUEST_BYTES / MIN_ELEMENT_BYTES;
}

function schemaOf(node: Node, scope: Scope): Schema | undefined {
  if (node.kind === 'identifier') return Object.hasOwn(scope, node.name) ? scope[node.name] : undefined;
  if (node.kind !== 'select') return undefined;
  const whole = schemaOf(node.operand, scope);
  return whole?.properties?.[node.field];
}
