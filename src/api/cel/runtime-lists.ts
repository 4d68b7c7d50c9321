/** Functions of lists (cel-go's lists and sets extensions, Kubernetes' list library). */
import type { RuntimeFunction } from './runtime.ts';
import { textIndex } from './runtime-strings.ts';
import { CelFault, compareValues, Duration, equal, isList, Optional, Uint, type Value } from './values.ts';

type List = readonly Value[];

const onList =
  (run: (list: List, ...args: readonly Value[]) => Value | undefined): RuntimeFunction =>
  (a, ...args) =>
    a !== undefined && isList(a) ? run(a, ...args) : undefined;

const onTwo = (run: (a: List, b: List) => Value): RuntimeFunction =>
  onList((a, b) => (b !== undefined && isList(b) ? run(a, b) : undefined));

const has = (list: List, item: Value) => list.some(other => equal(item, other));
const order = (a: Value, b: Value): number => {
  const result = compareValues(a, b);
  if (result === undefined) throw new CelFault('no such overload');
  return result;
};

const extreme = (name: string, sign: number): RuntimeFunction =>
  onList(list => {
    const [first, ...rest] = list;
    if (first === undefined) throw new CelFault(`${name} called on empty list`);
    return rest.reduce((best, item) => (order(item, best) * sign > 0 ? item : best), first);
  });

const greatest = (sign: number): RuntimeFunction => {
  const best = extreme('math', sign);
  return (...args) => best(args.length === 1 && args[0] !== undefined && isList(args[0]) ? args[0] : args);
};

function sum(list: List): Value {
  const add = (a: Value, b: Value): Value => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
    if (a instanceof Uint && b instanceof Uint) return new Uint(a.value + b.value);
    if (a instanceof Duration && b instanceof Duration) return new Duration(a.ns + b.ns);
    if (typeof a === 'number' && typeof b === 'number') return a + b;
    throw new CelFault('no such overload');
  };
  const [first = 0n, ...rest] = list;
  return rest.reduce(add, first);
}

function position(list: List, item: Value, last: boolean): bigint {
  const found = last
    ? list.findLastIndex(other => equal(item, other))
    : list.findIndex(other => equal(item, other));
  return BigInt(found);
}

const find =
  (last: boolean): RuntimeFunction =>
  (whole, item = null, from) => {
    if (typeof whole === 'string' && typeof item === 'string') return textIndex(whole, item, last, from);
    return whole !== undefined && isList(whole) ? position(whole, item, last) : undefined;
  };

function join(list: List, separator: Value = ''): Value | undefined {
  if (typeof separator !== 'string' || list.some(item => typeof item !== 'string')) return undefined;
  return list.join(separator);
}

function flatten(list: List, depth = 1): Value[] {
  return list.flatMap(item => (isList(item) ? (depth > 1 ? flatten(item, depth - 1) : [...item]) : [item]));
}

function slice(list: List, start: Value | undefined, end: Value | undefined): Value | undefined {
  if (typeof start !== 'bigint' || typeof end !== 'bigint') return undefined;
  if (start < 0n || end < 0n)
    throw new CelFault(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new CelFault(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > BigInt(list.length))
    throw new CelFault(`cannot slice(${start}, ${end}), list is length ${list.length}`);
  return list.slice(Number(start), Number(end));
}

export const LISTS_RUNTIME: Readonly<Record<string, RuntimeFunction>> = {
  isSorted: onList(list => list.every((item, i) => i === 0 || order(list[i - 1] ?? null, item) <= 0)),
  sum: onList(sum),
  min: extreme('min', -1),
  max: extreme('max', 1),
  'math.greatest': greatest(1),
  'math.least': greatest(-1),
  indexOf: find(false),
  lastIndexOf: find(true),
  join: onList(join),
  'sets.contains': onTwo((a, b) => b.every(item => has(a, item))),
  'sets.intersects': onTwo((a, b) => b.some(item => has(a, item))),
  'sets.equivalent': onTwo((a, b) => a.every(item => has(b, item)) && b.every(item => has(a, item))),
  first: onList(list => new Optional(list[0])),
  last: onList(list => new Optional(list.at(-1))),
  distinct: onList(list => list.filter((item, i) => !has(list.slice(0, i), item))),
  flatten: onList((list, depth) => flatten(list, depth === undefined ? 1 : Number(depth))),
  reverse: a =>
    typeof a === 'string'
      ? Array.from(a).reverse().join('')
      : a !== undefined && isList(a)
        ? [...a].reverse()
        : undefined,
  slice: onList(slice),
  sort: onList(list => [...list].sort(order)),
  'lists.range': n =>
    typeof n === 'bigint' ? Array.from({ length: Number(n) }, (_, i) => BigInt(i)) : undefined,
  unwrapOpt: onList(list =>
    list.flatMap(o => (o instanceof Optional && o.value !== undefined ? [o.value] : [])),
  ),
  'optional.unwrap': onList(list =>
    list.flatMap(o => (o instanceof Optional && o.value !== undefined ? [o.value] : [])),
  ),
};
