/**
 * What changes in the nft table while services come and go: elements, chains, maps of endpoints,
 * and sets of remembered clients. The rest of the table stands still (skeleton.ts).
 */

export interface ElementItem {
  readonly kind: 'element';
  /** The map or set it is in. */
  readonly container: string;
  readonly key: string;
  /** undefined: an element of a set. */
  readonly value: string | undefined;
  readonly comment?: string | undefined;
}

export interface ChainItem {
  readonly kind: 'chain';
  readonly name: string;
  readonly rules: readonly string[];
}

/** The endpoints of one index: dispatch.ts. */
export interface MapItem {
  readonly kind: 'map';
  readonly name: string;
  /** As nft declares it. */
  readonly type: string;
}

/** A set the kernel itself fills with clients that were sent to one endpoint. */
export interface ClientSetItem {
  readonly kind: 'client-set';
  readonly name: string;
  readonly timeoutSeconds: number;
}

export type Item = ElementItem | ChainItem | MapItem | ClientSetItem;

/** Two items of the same identity cannot be in one table at the same time. */
export function identityOf(item: Item): string {
  return item.kind === 'element' ? `${item.container} ${item.key}` : `${item.kind} ${item.name}`;
}

export function sameItem(a: Item, b: Item): boolean {
  if (a === b) return true;
  if (a.kind === 'element') return b.kind === 'element' && a.value === b.value && a.comment === b.comment;
  if (a.kind === 'chain') return b.kind === 'chain' && a.rules.join('\n') === b.rules.join('\n');
  if (a.kind === 'map') return b.kind === 'map' && a.type === b.type;
  return b.kind === 'client-set' && a.timeoutSeconds === b.timeoutSeconds;
}
