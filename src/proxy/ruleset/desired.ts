/**
 * The table as it should be, the table as the kernel has it, and the difference.
 *
 * Each owner (a service) claims items. Dispatch chains and hairpin elements have many owners; an
 * item leaves the table with its last claim. Two services that claim one address with different
 * contents (possible with externalIPs only) are settled the same way on every node: the owner
 * whose name comes first has it, and the other gets it when the first lets go.
 *
 * `changes` and `applied` are apart so that a failed apply leaves a truthful picture.
 */
import { type Item, identityOf, sameItem } from './item.ts';

export interface ItemChange {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

interface Slot {
  /** By owner. Dispatch chains have as many as there are services. */
  readonly claims: Map<string, Item>;
  /** The first owner by name, whose item it is. */
  winner: string | undefined;
  /** What the kernel has. */
  kernel: Item | undefined;
}

export class DesiredTable {
  readonly #slots = new Map<string, Slot>();
  readonly #owned = new Map<string, ReadonlyMap<string, Item>>();
  readonly #dirty = new Set<string>();

  /** Replaces all that `owner` claims. Of two items with one identity the first counts. */
  claim(owner: string, items: readonly Item[]): void {
    const next = new Map<string, Item>();
    for (const item of items) {
      const identity = identityOf(item);
      if (!next.has(identity)) next.set(identity, item);
    }
    const previous = this.#owned.get(owner);
    for (const [identity] of previous ?? []) {
      if (!next.has(identity)) this.#withdraw(owner, identity);
    }
    for (const [identity, item] of next) {
      const old = previous?.get(identity);
      if (!old || !sameItem(old, item)) this.#put(owner, identity, item);
    }
    if (next.size > 0) this.#owned.set(owner, next);
    else this.#owned.delete(owner);
  }

  /** What has to change in the kernel, in no particular order. */
  changes(): readonly ItemChange[] {
    const changes: ItemChange[] = [];
    for (const identity of this.#dirty) {
      const slot = this.#slots.get(identity);
      const before = slot?.kernel;
      const after = slot && itemOf(slot);
      if (before === after || (before && after && sameItem(before, after))) continue;
      changes.push({ before, after });
    }
    return changes;
  }

  /** Everything that should be in the table. */
  items(): readonly Item[] {
    return [...this.#slots.values()].flatMap(slot => itemOf(slot) ?? []);
  }

  /** The kernel now has the table as it is desired: nothing was claimed since it was rendered. */
  applied(): void {
    for (const identity of this.#dirty) this.#settle(identity);
    this.#dirty.clear();
  }

  /** A whole table was applied, whatever the kernel had before. */
  appliedWhole(): void {
    for (const identity of this.#slots.keys()) this.#settle(identity);
    this.#dirty.clear();
  }

  #settle(identity: string): void {
    const slot = this.#slots.get(identity);
    if (!slot) return;
    slot.kernel = itemOf(slot);
    if (slot.claims.size === 0) this.#slots.delete(identity);
  }

  #put(owner: string, identity: string, item: Item): void {
    let slot = this.#slots.get(identity);
    if (!slot) {
      slot = { claims: new Map(), winner: undefined, kernel: undefined };
      this.#slots.set(identity, slot);
    }
    slot.claims.set(owner, item);
    if (slot.winner === undefined || owner < slot.winner) slot.winner = owner;
    this.#dirty.add(identity);
  }

  #withdraw(owner: string, identity: string): void {
    const slot = this.#slots.get(identity);
    if (!slot) return;
    slot.claims.delete(owner);
    if (slot.winner === owner) slot.winner = first(slot.claims.keys());
    this.#dirty.add(identity);
  }
}

const itemOf = (slot: Slot): Item | undefined =>
  slot.winner === undefined ? undefined : slot.claims.get(slot.winner);

function first(names: Iterable<string>): string | undefined {
  let least: string | undefined;
  for (const name of names) if (least === undefined || name < least) least = name;
  return least;
}
