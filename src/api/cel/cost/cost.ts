/**
 * What an expression costs at least and at most, before anything is evaluated: cel-go's estimate (checker
 * Cost), on whose numbers the limits of Kubernetes are set. Macros cost what they are expanded to.
 */
import type { Fold, Node } from '../ast.ts';
import { type CelType, DYN } from '../types.ts';
import { callCost, type Sized } from './functions.ts';
import { add, fixed, multiply, ONE, type Range, UNKNOWN, union, ZERO } from './range.ts';

/** What a checked expression is known by. */
export interface Known {
  readonly types: ReadonlyMap<Node, CelType>;
  /** Of calls: the function's whole name, where the target is a part of it. */
  readonly functions: ReadonlyMap<Node, string>;
  readonly sizeAt: (path: readonly string[]) => Range | undefined;
}

interface Entry {
  readonly list: boolean;
  readonly key: Range;
  readonly value: Range;
}

interface Estimate extends Sized {
  readonly cost: Range;
  /** Of what is in it. */
  readonly entry?: Entry | undefined;
}

type Scope = Readonly<Record<string, Omit<Estimate, 'cost'>>>;

const LIST = fixed(10);
const MAP = fixed(30);
const MESSAGE = fixed(40);
const SCALARS = new Set([
  'bool',
  'double',
  'int',
  'uint',
  'google.protobuf.Timestamp',
  'google.protobuf.Duration',
]);

export function estimateCost(node: Node, known: Known): Range {
  return new Coster(known).estimate(node, {}).cost;
}

const isScalar = (type: CelType): boolean =>
  type.kind === 'simple' ? SCALARS.has(type.name) : type.kind === 'optional' && isScalar(type.of);

const sizeOf = (sized: Sized) => sized.size ?? UNKNOWN;

class Coster {
  private readonly known: Known;

  constructor(known: Known) {
    this.known = known;
  }

  private typeOf(node: Node): CelType {
    return this.known.types.get(node) ?? DYN;
  }

  private sized(type: CelType, path: readonly string[], otherwise?: Range): Sized {
    const known = path.length > 0 ? this.known.sizeAt(path) : undefined;
    return { type, path, size: known ?? (isScalar(type) ? ONE : otherwise) };
  }

  estimate(node: Node, scope: Scope): Estimate {
    const type = this.typeOf(node);
    switch (node.kind) {
      case 'literal':
        return { type, path: [], size: literalSize(node.value, node.type), cost: ZERO, value: node.value };
      case 'identifier': {
        const local = Object.hasOwn(scope, node.name) ? scope[node.name] : undefined;
        if (!local) return { ...this.sized(type, [node.name]), cost: ONE };
        return { ...this.sized(type, local.path, local.size), entry: local.entry, cost: ONE };
      }
      case 'select':
        return this.select(node, type, scope);
      case 'call':
        return this.call(node, type, scope);
      case 'list': {
        const items = node.items.map(item => this.estimate(item, scope));
        const entry = { list: true, key: ONE, value: unionOf(items.map(sizeOf)) };
        const cost = add(LIST, ...items.map(i => i.cost));
        return { type, path: [], size: fixed(items.length), entry, cost };
      }
      case 'map': {
        const keys = node.entries.map(e => this.estimate(e.key, scope));
        const values = node.entries.map(e => this.estimate(e.value, scope));
        const entry = { list: false, key: unionOf(keys.map(sizeOf)), value: unionOf(values.map(sizeOf)) };
        const cost = add(MAP, ...[...keys, ...values].map(e => e.cost));
        return { type, path: [], size: fixed(keys.length), entry, cost };
      }
      case 'message': {
        const fields = node.fields.map(f => this.estimate(f.value, scope).cost);
        return { ...this.sized(type, []), cost: add(MESSAGE, ...fields) };
      }
      case 'fold':
        return this.fold(node.fold, type, scope);
    }
  }

  private select(
    { operand, field, test, optional }: Extract<Node, { kind: 'select' }>,
    type: CelType,
    scope: Scope,
  ): Estimate {
    const whole = this.estimate(operand, scope);
    // Kubernetes does not count has().
    if (test) return { ...this.sized(type, []), cost: whole.cost };
    if (optional) return { ...this.sized(type, []), cost: add(whole.cost, ONE) };
    const counts = ['map', 'object', 'parameter'].includes(whole.type.kind);
    return {
      ...this.sized(type, [...whole.path, field]),
      cost: counts ? add(whole.cost, ONE) : whole.cost,
    };
  }

  private call(node: Extract<Node, { kind: 'call' }>, type: CelType, scope: Scope): Estimate {
    const name = this.known.functions.get(node) ?? node.name;
    const args = node.args.map(arg => this.estimate(arg, scope));
    const target = node.target && name === node.name ? this.estimate(node.target, scope) : undefined;
    const costs = [...(target ? [target] : []), ...args].map(a => a.cost);
    const [a, b, c] = args;
    if (name === 'dyn' && a) return { ...a, type, cost: add(ONE, a.cost) };
    if ((name === '_&&_' || name === '_||_') && a) {
      return { type, path: [], size: ONE, cost: { min: a.cost.min, max: add(...costs).max } };
    }
    if (name === '_?_:_' && a && b && c) {
      const entry = b.entry && c.entry ? both(b.entry, c.entry) : undefined;
      const cost = add(a.cost, union(b.cost, c.cost));
      return { type, path: [], size: union(sizeOf(b), sizeOf(c)), entry, cost };
    }
    if (name === '_[_]' && a) return this.index(a, type, add(ONE, ...costs));
    const { cost, size } = callCost({ name, target, args, sizeAt: this.known.sizeAt });
    const entry = name === '_+_' && a?.entry && b?.entry ? both(a.entry, b.entry) : undefined;
    return {
      type,
      path: [],
      size: size ?? this.sized(type, []).size,
      entry,
      cost: add(cost, ...costs),
    };
  }

  private index(whole: Estimate, type: CelType, cost: Range): Estimate {
    if (whole.type.kind === 'optional') return { ...this.sized(type, []), cost };
    const part = whole.type.kind === 'list' ? '@items' : '@values';
    const found = this.sized(type, [...whole.path, part]);
    return { ...found, size: whole.entry?.value ?? found.size, cost };
  }

  private fold(fold: Fold, type: CelType, scope: Scope): Estimate {
    const range = this.estimate(fold.range, scope);
    const [one = '', two] = fold.variables;
    if (fold.macro === 'bind') {
      const body = this.last(fold, { ...scope, [one]: range });
      return { ...body, type, path: [], cost: add(LIST, range.cost, body.cost) };
    }
    if (fold.macro === 'optMap' || fold.macro === 'optFlatMap')
      return this.optional(fold, range, type, scope);
    const list = range.entry?.list ?? range.type.kind === 'list';
    const key = this.variable(range, list ? '@indices' : '@keys', range.entry?.key);
    const value = this.variable(range, list ? '@items' : '@values', range.entry?.value);
    const variables = two === undefined ? { [one]: list ? value : key } : { [one]: key, [two]: value };
    const body = fold.body.map(part => this.estimate(part, { ...scope, ...variables }));
    const costs = body.map(b => b.cost);
    const { init, each, result, makes } = loop(fold.macro, costs);
    const count = sizeOf(range);
    const cost = add(range.cost, init, multiply(count, each), result);
    if (!makes) return { type, path: [], size: ONE, cost };
    const made = fold.macro === 'filter' ? (list ? value : key) : body.at(-1);
    const entry =
      makes === 'list' ? { list: true, key: ONE, value: union(ZERO, made?.size ?? UNKNOWN) } : undefined;
    return { type, path: [], size: count, entry, cost };
  }

  private variable(range: Estimate, part: string, size: Range | undefined): Omit<Estimate, 'cost'> {
    return { type: DYN, path: [...range.path, part], size };
  }

  private last(fold: Fold, scope: Scope): Estimate {
    return this.estimate(fold.body.at(-1) as Node, scope);
  }

  /** Is it there? Then its value is bound and used. */
  private optional(fold: Fold, range: Estimate, type: CelType, scope: Scope): Estimate {
    const value: Omit<Estimate, 'cost'> = this.sized(DYN, []);
    const body = this.last(fold, { ...scope, [fold.variables[0] ?? '']: value });
    const bound = add(LIST, ONE, range.cost, body.cost);
    const then = fold.macro === 'optMap' ? add(ONE, bound) : bound;
    const cost = add(ONE, range.cost, union(then, ONE));
    return { ...this.sized(type, []), cost };
  }
}

interface Loop {
  readonly init: Range;
  readonly each: Range;
  readonly result: Range;
  readonly makes?: 'list' | 'map';
}

/** What the macro is expanded to; `body` as its arguments. */
function loop(macro: string, body: readonly Range[]): Loop {
  const last = body.at(-1) ?? ZERO;
  const filter = body.length > 1 ? body[0] : undefined;
  const appended = add(ONE, ONE, LIST, last);
  const inserted = add(ONE, ONE, last, macro === 'transformMap' ? ONE : ZERO);
  const perhaps = (step: Range) => (filter ? add(filter, union(step, ONE)) : step);
  switch (macro) {
    case 'all':
      return { init: ZERO, each: add(fixed(2), { min: 1n, max: add(ONE, last).max }), result: ONE };
    case 'exists':
      return { init: ZERO, each: add(fixed(3), { min: 1n, max: add(ONE, last).max }), result: ONE };
    case 'exists_one':
    case 'existsOne':
      return { init: ZERO, each: add(last, union(fixed(2), ONE)), result: fixed(2) };
    case 'filter':
      return { init: LIST, each: add(last, union(fixed(13), ONE)), result: ONE, makes: 'list' };
    case 'transformMap':
    case 'transformMapEntry':
      return { init: MAP, each: perhaps(inserted), result: ONE, makes: 'map' };
    default:
      return { init: LIST, each: perhaps(appended), result: ONE, makes: 'list' };
  }
}

const both = (a: Entry, b: Entry): Entry => ({
  list: a.list,
  key: union(a.key, b.key),
  value: union(a.value, b.value),
});

const unionOf = (sizes: readonly Range[]): Range => (sizes.length > 0 ? sizes.reduce(union) : ZERO);

function literalSize(value: unknown, type: string): Range {
  if (type === 'string') return fixed(Array.from(String(value)).length);
  if (type === 'bytes') return fixed(Buffer.byteLength(String(value)));
  return ONE;
}
