/**
 * What changes in the nft table while services come and go: map and set elements, chains, and
 * sets of remembered clients. The rest of the table stands still (skeleton.ts).
 */

/** The maps and sets of the table whose elements come from services. */
export type Container =
  /** address . protocol . port : where to go, for cluster, external and load balancer addresses. */
  | 'service-ips'
  /** The same for clients outside of this node, where externalTrafficPolicy is Local. */
  | 'local-service-ips'
  /** protocol . port : where to go, for every address of the node. */
  | 'node-ports'
  | 'local-node-ports'
  /** address . protocol . port . index : endpoint address . endpoint port; indexes count from 0. */
  | 'endpoints'
  | 'local-endpoints'
  /** protocol . port . index : endpoint address . endpoint port. */
  | 'node-port-endpoints'
  | 'local-node-port-endpoints'
  /** address . address of endpoints that may meet themselves through a service. */
  | 'hairpin';

export interface ElementItem {
  readonly kind: 'element';
  readonly container: Container;
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

/** A set the kernel itself fills with clients that were sent to one endpoint. */
export interface ClientSetItem {
  readonly kind: 'client-set';
  readonly name: string;
  readonly timeoutSeconds: number;
}

export type Item = ElementItem | ChainItem | ClientSetItem;

/** Two items of the same identity cannot be in one table at the same time. */
export function identityOf(item: Item): string {
  return item.kind === 'element' ? `${item.container} ${item.key}` : `${item.kind} ${item.name}`;
}

export function sameItem(a: Item, b: Item): boolean {
  if (a.kind === 'element') return b.kind === 'element' && a.value === b.value && a.comment === b.comment;
  if (a.kind === 'chain') return b.kind === 'chain' && a.rules.join('\n') === b.rules.join('\n');
  return b.kind === 'client-set' && a.timeoutSeconds === b.timeoutSeconds;
}
