/**
 * Items and changes as text for `nft -f -`. nft applies one file as one transaction: packets see
 * the table of before or of after it, and a failure changes nothing.
 *
 * The order matters inside: a chain must exist before a verdict names it, and may go only when
 * nothing names it any more.
 */
import type { ItemChange } from './desired.ts';
import type { ChainItem, ClientSetItem, ElementItem, Item, MapItem } from './item.ts';
import { renderSkeleton, type TableLayout } from './skeleton.ts';

/** How many clients one endpoint's affinity set remembers; the newest beyond it are not. */
const MAX_CLIENTS = 65_536;

/** The whole table, in place of whatever bears its name. */
export function renderTable(layout: TableLayout, items: readonly Item[]): string {
  const name = `${layout.family} ${layout.table}`;
  return [
    // `delete` fails for a table that is not there, and `add` does not for one that is.
    `add table ${name}`,
    `delete table ${name}`,
    renderSkeleton(layout).trimEnd(),
    renderChanges(
      layout,
      items.map(item => ({ before: undefined, after: item })),
    ),
  ].join('\n');
}

/** Removes the table, whether it is there or not. */
export function renderRemoval(layout: Pick<TableLayout, 'family' | 'table'>): string {
  const name = `${layout.family} ${layout.table}`;
  return `add table ${name}\ndelete table ${name}\n`;
}

/** One transaction from a table with all `before` to one with all `after`; empty without a change. */
export function renderChanges(layout: TableLayout, changes: readonly ItemChange[]): string {
  const table = `${layout.family} ${layout.table}`;
  const before = new Parts(changes.map(change => change.before));
  const after = new Parts(changes.map(change => change.after));
  const had = new Set(before.named);
  const keeps = new Set(after.named);
  const lines: string[] = [];

  lines.push(...elementLines('delete', table, before.elements));
  for (const map of after.maps) {
    if (!had.has(`map ${map.name}`)) lines.push(`add map ${table} ${map.name} { ${map.type}; }`);
  }
  for (const set of after.sets) {
    const spec = `type ${layout.family === 'ip' ? 'ipv4_addr' : 'ipv6_addr'}; size ${MAX_CLIENTS}; flags dynamic,timeout; timeout ${set.timeoutSeconds}s;`;
    if (!had.has(`set ${set.name}`)) lines.push(`add set ${table} ${set.name} { ${spec} }`);
  }
  for (const chain of after.chains) {
    lines.push(`${had.has(`chain ${chain.name}`) ? 'flush' : 'add'} chain ${table} ${chain.name}`);
  }
  for (const chain of before.chains) {
    if (!keeps.has(`chain ${chain.name}`)) lines.push(`flush chain ${table} ${chain.name}`);
  }
  for (const chain of after.chains) {
    for (const rule of chain.rules) lines.push(`add rule ${table} ${chain.name} ${rule}`);
  }
  lines.push(...elementLines('add', table, after.elements));
  for (const chain of before.chains) {
    if (!keeps.has(`chain ${chain.name}`)) lines.push(`delete chain ${table} ${chain.name}`);
  }
  for (const map of before.maps) {
    if (!keeps.has(`map ${map.name}`)) lines.push(`delete map ${table} ${map.name}`);
  }
  for (const set of before.sets) {
    if (!keeps.has(`set ${set.name}`)) lines.push(`delete set ${table} ${set.name}`);
  }
  return lines.length > 0 ? `${lines.join('\n')}\n` : '';
}

/** Items by kind. */
class Parts {
  readonly elements: ElementItem[] = [];
  readonly chains: ChainItem[] = [];
  readonly maps: MapItem[] = [];
  readonly sets: ClientSetItem[] = [];

  constructor(items: readonly (Item | undefined)[]) {
    for (const item of items) {
      if (item?.kind === 'element') this.elements.push(item);
      else if (item?.kind === 'chain') this.chains.push(item);
      else if (item?.kind === 'map') this.maps.push(item);
      else if (item) this.sets.push(item);
    }
  }

  /** What a change can keep: elements are always taken out and put in again. */
  get named(): readonly string[] {
    return [
      ...this.chains.map(chain => `chain ${chain.name}`),
      ...this.maps.map(map => `map ${map.name}`),
      ...this.sets.map(set => `set ${set.name}`),
    ];
  }
}

function elementLines(
  verb: 'add' | 'delete',
  table: string,
  elements: readonly ElementItem[],
): readonly string[] {
  const byContainer = new Map<string, ElementItem[]>();
  for (const element of elements) {
    const group = byContainer.get(element.container);
    if (group) group.push(element);
    else byContainer.set(element.container, [element]);
  }
  return [...byContainer].map(
    ([container, group]) =>
      `${verb} element ${table} ${container} { ${group.map(element => elementText(verb, element)).join(', ')} }`,
  );
}

function elementText(verb: 'add' | 'delete', { key, value, comment }: ElementItem): string {
  if (verb === 'delete') return key;
  const text = comment === undefined ? key : `${key} comment "${comment}"`;
  return value === undefined ? text : `${text} : ${value}`;
}
