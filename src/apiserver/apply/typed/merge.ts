/**
 * Puts an applied configuration onto the live object: what the configuration says wins, what it
 * does not say stays. Neither argument is changed; the result shares parts with both.
 *
 * Items of sets and list maps keep the live order, and the items that the configuration names
 * come in the configuration's order among themselves; new ones stand where it puts them.
 */
import { ownField, setOwnField } from '../../../base/own-field.ts';
import { knownElement } from './list-items.ts';
import type { PathElement } from './path-element.ts';
import { type ListShape, type MapShape, type Shape, shapeFor } from './shape.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined stands for absent, and comes back when nothing is left. */
export function mergeObjects(live: unknown, config: unknown, shape: Shape): unknown {
  if (config === undefined) return live;
  const actual = shapeFor(shape, config);
  if (actual.kind === 'list' && !actual.atomic) {
    const [left, right] = [asList(live), asList(config)];
    if (left.length > 0 || right.length > 0) return mergeItems(left, right, actual);
  } else if (actual.kind === 'map' && !actual.atomic) {
    const [left, right] = [asMap(live), asMap(config)];
    if (Object.keys(left).length > 0 || Object.keys(right).length > 0)
      return mergeFields(left, right, actual);
  }
  return config;
}

function mergeFields(live: JsonObject, config: JsonObject, map: MapShape): JsonObject {
  const out: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(config)) {
    const merged = mergeObjects(ownField(live, name), value, map.field(name) ?? { kind: 'any' });
    if (merged !== undefined) setOwnField(out, name, merged);
  }
  return out;
}

function mergeItems(live: readonly unknown[], config: readonly unknown[], list: ListShape): unknown[] {
  const left = live.map((item, i) => ({ item, element: knownElement(list, item, i) }));
  const right = config.map((item, i) => ({ item, element: knownElement(list, item, i) }));
  const wanted = new Set(right.map(r => r.element));
  const present = itemsByElement(left);
  const shared = right.map(r => r.element).filter(element => present.has(element));
  const done = new Set<PathElement>();
  const out: unknown[] = [];
  let nextShared = 0;
  const take = (r: { item: unknown; element: PathElement }) => {
    const merged = mergeObjects(present.get(r.element), r.item, list.items);
    if (merged !== undefined) out.push(merged);
    done.add(r.element);
    if (shared[nextShared] === r.element) nextShared++;
  };
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b, next] = [left[l], right[r], shared[nextShared]];
    if (a && b && a.element === b.element) {
      take(b);
      l++;
      r++;
    } else if (a && !wanted.has(a.element)) {
      out.push(a.item);
      l++;
    } else if (a && b && next !== undefined && next !== a.element) {
      // The configuration names it too, but not here.
      l++;
    } else {
      if (a && (!b || done.has(a.element))) l++;
      if (b) {
        take(b);
        r++;
      }
    }
  }
  return out;
}

/** Items that share an identity cannot be merged with: undefined. */
function itemsByElement(
  items: readonly { item: unknown; element: PathElement }[],
): Map<PathElement, unknown> {
  const out = new Map<PathElement, unknown>();
  for (const { item, element } of items) out.set(element, out.has(element) ? undefined : item);
  return out;
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asMap = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
