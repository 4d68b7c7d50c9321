/** How items of sets and list maps are told apart. */
import { type PathElement, valueElement } from './path-element.ts';
import type { ListShape } from './shape.ts';

/** Why an item has no identity; the message is upstream's. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
}

/** @throws ItemError */
export function itemElement(list: ListShape, item: unknown, index: number): PathElement {
  if (list.atomic) return `i:${index}`;
  return list.keys.length > 0 ? keyedElement(list, item) : setElement(item);
}

function keyedElement(list: ListShape, item: unknown): PathElement {
  if (item === null || item === undefined)
    throw new ItemError('associative list with keys may not have a null element');
  if (typeof item !== 'object' || Array.isArray(item))
    throw new ItemError('associative list with keys may not have non-map elements');
  let text = '';
  for (const { name, default: other } of list.keys) {
    const value = (item as Readonly<Record<string, unknown>>)[name] ?? other;
    if (value !== undefined) text += `${text && ','}"${name}":${JSON.stringify(value)}`;
  }
  if (text === '')
    throw new ItemError(
      `associative list with keys has an element that omits all key fields [${list.keys.map(k => JSON.stringify(k.name)).join(' ')}] (and doesn't have default values for any key fields)`,
    );
  return `k:{${text}}`;
}

function setElement(item: unknown): PathElement {
  if (item === null || item === undefined)
    throw new ItemError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ItemError('not supported: associative list with lists as elements');
  if (typeof item === 'object')
    throw new ItemError("associative list without keys has an element that's a map type");
  return valueElement(item);
}

/** The same for objects of the server's own, which may have any item: one without identity goes by its place. */
export function knownElement(list: ListShape, item: unknown, index: number): PathElement {
  try {
    return itemElement(list, item, index);
  } catch (error) {
    if (error instanceof ItemError) return `i:${index}`;
    throw error;
  }
}
