/** CEL's macros: calls that are rewritten while parsing, and so never looked up as functions. */
import type { Node } from './ast.ts';
import { CelError } from './source.ts';

/** How many variables, and how many expressions after them, each takes. */
const FOLDS: Readonly<Record<string, readonly (readonly [variables: number, bodies: number])[]>> = {
  all: [
    [1, 1],
    [2, 1],
  ],
  exists: [
    [1, 1],
    [2, 1],
  ],
  existsOne: [
    [1, 1],
    [2, 1],
  ],
  exists_one: [[1, 1]],
  map: [
    [1, 1],
    [1, 2],
  ],
  filter: [[1, 1]],
  transformList: [
    [2, 1],
    [2, 2],
  ],
  transformMap: [
    [2, 1],
    [2, 2],
  ],
  transformMapEntry: [
    [2, 1],
    [2, 2],
  ],
};

/** Undefined: it is a call like others. */
export function expandMacro(
  name: string,
  target: Node | undefined,
  args: readonly Node[],
  at: number,
): Node | undefined {
  if (!target) return name === 'has' && args.length === 1 ? has(args[0] as Node, at) : undefined;
  if (name === 'bind' && isName(target, 'cel') && args.length === 3) return bind(args, at);
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const variables = [simpleName(args[0] as Node)];
    return { kind: 'fold', at, fold: { macro: name, range: target, variables, body: [args[1] as Node] } };
  }
  const form = FOLDS[name]?.find(([variables, bodies]) => variables + bodies === args.length);
  // Two forms may have as many arguments: with a second name it is the one of two variables.
  if (!form) return undefined;
  const two = FOLDS[name]?.find(([v, b]) => v === 2 && v + b === args.length);
  const [variables] = two && name !== 'map' ? two : form;
  const names = args.slice(0, variables).map(simpleName);
  if (new Set(names).size < names.length)
    throw new CelError({ at: args[1]?.at ?? at, message: `duplicate variable name: ${names[1]}` });
  return {
    kind: 'fold',
    at,
    fold: { macro: name, range: target, variables: names, body: args.slice(variables) },
  };
}

const isName = (node: Node, name: string) => node.kind === 'identifier' && node.name === name;

function simpleName(node: Node): string {
  if (node.kind !== 'identifier')
    throw new CelError({ at: node.at, message: 'argument must be a simple name' });
  return node.name;
}

function has(argument: Node, at: number): Node {
  if (argument.kind !== 'select')
    throw new CelError({ at: argument.at, message: 'invalid argument to has() macro' });
  return { ...argument, at, test: true };
}

function bind([variable, value, body]: readonly Node[], at: number): Node {
  const name = simpleName(variable as Node);
  return {
    kind: 'fold',
    at,
    fold: { macro: 'bind', range: value as Node, variables: [name], body: [body as Node] },
  };
}
