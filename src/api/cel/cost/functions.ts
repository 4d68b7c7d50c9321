/** What calls cost beyond their arguments, and how large their results are (cel-go's checker and Kubernetes' library). */

import { type CelType, formatType, isDyn } from '../types.ts';
import { add, LIMIT, multiply, ONE, type Range, scale, UNKNOWN, union, ZERO } from './range.ts';

/** A value, as far as its size is known. */
export interface Sized {
  readonly type: CelType;
  /** From a variable: self, l, @items. Empty: of no variable. */
  readonly path: readonly string[];
  readonly size: Range | undefined;
  /** Of a literal. */
  readonly value?: unknown;
}

export interface Call {
  readonly name: string;
  readonly target: Sized | undefined;
  readonly args: readonly Sized[];
  /** How large what is at a path can be. */
  readonly sizeAt: (path: readonly string[]) => Range | undefined;
}

export interface CallCost {
  readonly cost: Range;
  readonly size?: Range;
}

/** Of reading a text once, and of one part of a regular expression. */
const TRAVERSAL = 0.1;
const REGEX = 0.25;
const NAME_REGEX_MAX = 128;
const FORMAT_MAX = 64;

const sizeOf = (sized: Sized | undefined): Range => sized?.size ?? UNKNOWN;
const traverse = (size: Range): CallCost => ({ cost: scale(size, TRAVERSAL) });
const NOMINAL: CallCost = { cost: ONE };

type Estimator = (call: Call) => CallCost | undefined;

const first = ({ args }: Call) => sizeOf(args[0]);
const whole = ({ target, args }: Call) => sizeOf(target ?? args[0]);
const sameSize: Estimator = call => ({ ...traverse(whole(call)), size: whole(call) });
const readFirst: Estimator = call => traverse(first(call));
const search: Estimator = call => ({
  cost: multiply(scale(add(whole(call), ONE), TRAVERSAL), scale(first(call), REGEX)),
  size: { min: 0n, max: whole(call).max },
});

function elementOf({ target, sizeAt }: Call): { readonly type: CelType; readonly size: Range } | undefined {
  if (target?.type.kind !== 'list') return undefined;
  const size = target.path.length > 0 ? sizeAt([...target.path, '@items']) : undefined;
  return { type: target.type.item, size: size ?? UNKNOWN };
}

const isText = (type: CelType) => type.kind === 'simple' && (type.name === 'string' || type.name === 'bytes');

const elements: Estimator = call => {
  const element = elementOf(call);
  if (!element) return traverse(whole(call));
  const each = isText(element.type) ? add(ONE, scale(element.size, TRAVERSAL)) : ONE;
  return { cost: multiply(whole(call), each) };
};

const join: Estimator = call => {
  const { min, max } = whole(call);
  const element = elementOf(call);
  const items = element ? multiply({ min, max }, element.size) : ZERO;
  const gaps = { min: min > 0n ? min - 1n : 0n, max: max > 0n ? max - 1n : 0n };
  const size = call.args.length > 0 ? add(items, multiply(first(call), gaps)) : items;
  return { ...traverse(size), size };
};

const split: Estimator = call => {
  const limit = call.args[1]?.value;
  const max = typeof limit === 'bigint' || typeof limit === 'number' ? BigInt(limit) : whole(call).max;
  return { cost: scale(whole(call), 2 * TRAVERSAL), size: { min: 0n, max: max < 0n ? LIMIT : max } };
};

const divideUp = (a: bigint, b: bigint) => BigInt(Math.ceil(Number(a) / Number(b)));

/** The longest result is of the shortest texts replaced by the longest, and the other way round. */
const replace: Estimator = call => {
  const text = whole(call);
  const [from, to] = [sizeOf(call.args[0]), sizeOf(call.args[1])];
  const most = replaced(text.max, from.min, to.max, to.max <= from.min);
  const least = replaced(text.min, from.max, to.min, from.max <= to.min);
  return { cost: scale(text, 2 * TRAVERSAL), size: add({ min: least, max: most }) };
};

function replaced(text: bigint, from: bigint, to: bigint, keeps: boolean): bigint {
  if (from === 0n) return (text < LIMIT ? text + 1n : text) * to + text;
  return keeps ? text : divideUp(text, from) * to;
}

const ADDRESS: Range = { min: 4n, max: 16n };
const compareAddresses = scale(add(ADDRESS, ADDRESS), TRAVERSAL);
const givenAsText = (call: Call): Range =>
  call.args[0] && isText(call.args[0].type) ? scale(first(call), TRAVERSAL) : ZERO;

const same = (names: string, estimator: Estimator): Record<string, Estimator> =>
  Object.fromEntries(names.split(' ').map(name => [name, estimator]));

const SETS =
  (factor: number): Estimator =>
  ({ args }) => ({
    cost: add(scale(multiply(sizeOf(args[0]), sizeOf(args[1])), factor), ONE),
  });

const FUNCTIONS: Readonly<Record<string, Estimator>> = {
  ...same('isSorted sum max min indexOf lastIndexOf', elements),
  ...same('url jsonpatch.escapeKey', call => ({ ...traverse(first(call)), size: first(call) })),
  ...same('lowerAscii upperAscii substring trim', sameSize),
  ...same('find findAll', search),
  ...same('cidr isIP isCIDR quantity isQuantity semver isSemver startsWith endsWith', readFirst),
  replace,
  split,
  join,
  ip: call => (call.args.length > 0 ? readFirst(call) : NOMINAL),
  'ip.isCanonical': call => ({ cost: scale(first(call), 2 * TRAVERSAL) }),
  containsIP: call => ({ cost: add(compareAddresses, givenAsText(call)) }),
  containsCIDR: call => ({
    cost: add(compareAddresses, scale(ADDRESS, TRAVERSAL), ONE, givenAsText(call)),
  }),
  validate: call => ({ cost: scale(scale(first(call), TRAVERSAL), NAME_REGEX_MAX * REGEX) }),
  'sets.contains': SETS(1),
  'sets.intersects': SETS(1),
  'sets.equivalent': SETS(2),
  format: call => (call.target ? traverse(whole(call)) : undefined),
  'strings.quote': call => {
    const { min, max } = first(call);
    return { ...traverse(first(call)), size: { min: min + 2n, max: max * 2n + 2n } };
  },
  matches: call => (call.target ? { cost: search(call)?.cost ?? ONE } : undefined),
  contains: call =>
    call.target
      ? { cost: multiply(scale(whole(call), TRAVERSAL), scale(first(call), TRAVERSAL)) }
      : undefined,
  '_==_': call => sameObjects(call) ?? compare(call),
  '_!=_': compare,
  ...same('_<_ _<=_ _>_ _>=_', call => ofKinds(call, ['text', 'other'], { text: compare(call) })),
  '_+_': call => {
    const size = add(sizeOf(call.args[0]), sizeOf(call.args[1]));
    return ofKinds(call, ['text', 'list', 'other'], {
      text: { ...traverse(size), size },
      list: { cost: ONE, size },
    });
  },
  '@in': ({ args: [, list] }) => {
    if (list?.type.kind === 'map') return NOMINAL;
    const cost = scale(sizeOf(list), 1);
    return { cost: list?.type.kind === 'list' ? cost : union(cost, ONE) };
  },
  bytes: call =>
    converted(call, 'string', ({ min, max }) => ({ min, max: max * 4n > LIMIT ? LIMIT : max * 4n })),
  string: call => converted(call, 'bytes', ({ min, max }) => ({ min: min / 4n, max })),
};

/** Values of Kubernetes' own types are not compared bit by bit. */
function sameObjects({ args: [a, b] }: Call): CallCost | undefined {
  if (a?.type.kind !== 'object' || b?.type.kind !== 'object') return undefined;
  const name = formatType(a.type);
  if (name !== formatType(b.type)) return undefined;
  if (name === 'kubernetes.NamedFormat') return traverse({ min: 1n, max: BigInt(FORMAT_MAX) });
  return /^(kubernetes|net)\./.test(name) && !name.endsWith('DRADevice') ? NOMINAL : undefined;
}

function compare({ args }: Call): CallCost {
  const [a, b] = [sizeOf(args[0]).max, sizeOf(args[1]).max];
  const max = a < b ? a : b;
  return traverse({ min: max > 0n ? 1n : 0n, max });
}

type Kind = 'text' | 'list' | 'other';

function kindOf({ type }: Sized): Kind | undefined {
  if (isDyn(type) || type.kind === 'parameter') return undefined;
  return isText(type) ? 'text' : type.kind === 'list' ? 'list' : 'other';
}

/** Of the one kind of operands, or of all that they may be. */
function ofKinds({ args }: Call, kinds: readonly Kind[], costs: Partial<Record<Kind, CallCost>>): CallCost {
  const known = args.map(kindOf).find(kind => kind !== undefined);
  const possible = (known ? [known] : kinds).map(kind => costs[kind] ?? NOMINAL);
  return possible.reduce((a, b) => {
    const size = a.size && b.size ? union(a.size, b.size) : (a.size ?? b.size);
    return { cost: union(a.cost, b.cost), ...(size ? { size } : {}) };
  });
}

function converted(call: Call, from: string, size: (size: Range) => Range): CallCost | undefined {
  const type = call.args[0]?.type;
  if (type?.kind !== 'simple' || (type.name !== from && !isDyn(type))) return undefined;
  const cost = { ...traverse(first(call)), size: size(first(call)) };
  return isDyn(type) ? { ...cost, cost: union(cost.cost, ONE) } : cost;
}

/** Without its arguments. */
export function callCost(call: Call): CallCost {
  const estimator = Object.hasOwn(FUNCTIONS, call.name) ? FUNCTIONS[call.name] : undefined;
  return estimator?.(call) ?? NOMINAL;
}
