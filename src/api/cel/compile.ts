/**
 * The door to CEL: parses an expression and checks its types in an environment. What is compiled can be
 * evaluated, and its cost estimated.
 *
 *   text ─► tokens.ts ─► parser.ts (macros.ts) ─► tree (ast.ts) ─► check.ts ─► type, or mistakes (source.ts)
 *                                                    ├─► evaluate.ts (runtime*.ts, values.ts) ─► value, or fault
 *                                                    └─► cost/cost.ts (functions.ts) ─► least and most
 *
 * Pure. A function is a line in standard-functions.ts or kubernetes-functions.ts, and an entry of a table in
 * runtime*.ts.
 */
import type { Node } from './ast.ts';
import { type Checked, check, type Variables } from './check.ts';
import { parse } from './parser.ts';
import { formatIssues } from './source.ts';

export type Compiled =
  | (Omit<Checked, 'issues'> & { readonly node: Node })
  /** All mistakes, as cel-go prints them. */
  | { readonly error: string };

/**
 * @param source the expression
 * @param variables the types of the names it may use
 * @returns its type, the variables it reads and its tree; or all mistakes. Never throws: an expression
 *   that is nested deeper than 250 is a mistake, too.
 */
export function compile(source: string, variables: Variables): Compiled {
  const { node, issues } = parse(source);
  if (!node || issues.length > 0) return { error: formatIssues(source, issues) };
  const checked = check(node, variables);
  if (checked.issues.length > 0) return { error: formatIssues(source, checked.issues) };
  return { ...checked, node };
}
