/**
 * Building blocks of printer columns: what `kubectl get` shows of a kind. The server fills the
 * cells (Table responses), so the wording of each cell is the server's, not kubectl's.
 *
 * Types, formats and priorities agree with facts/columns.json, which a test compares.
 */
import type { LabelSelector } from '../generated/meta-v1.ts';
import type { Column } from './kind.ts';
import type { KubeObject } from './object.ts';
import { labelSelectorString } from './selectors/label-selector.ts';

type Cell<T extends KubeObject> = Column<T>['cell'];

export interface ColumnOptions {
  readonly type?: Column<KubeObject>['type'];
  readonly format?: string;
  /** 1 for columns that only -o wide shows. */
  readonly priority?: number;
}

export function column<T extends KubeObject>(
  name: string,
  cell: Cell<T>,
  options: ColumnOptions = {},
): Column<T> {
  return { name, type: 'string', ...options, cell };
}

/** A column that only -o wide shows. */
export function wide<T extends KubeObject>(name: string, cell: Cell<T>): Column<T> {
  return column(name, cell, { priority: 1 });
}

export function integer<T extends KubeObject>(name: string, cell: Cell<T>): Column<T> {
  return column(name, cell, { type: 'integer' });
}

/** A pointer to a boolean: '<unset>' where nothing stands, as upstream prints most of them. */
export function boolean<T extends KubeObject>(name: string, cell: Cell<T>): Column<T> {
  return column(name, cell, { type: 'boolean' });
}

export const name: Column<KubeObject> = column('Name', o => o.metadata.name ?? '', { format: 'name' });

/** How long ago the object was created. */
export const age: Column<KubeObject> = column('Age', (o, { nowMs }) =>
  timeSince(o.metadata.creationTimestamp, nowMs),
);

/** The creation time itself, for kinds without printer of their own; kubectl shows it as an age. */
export const createdAt: Column<KubeObject> = column('Created At', o => o.metadata.creationTimestamp ?? null, {
  type: 'date',
});

/** How long ago an RFC 3339 time was, in the spelling of `humanDuration`; '<unknown>' without a time. */
export function timeSince(time: string | null | undefined, nowMs: number): string {
  if (!time) return '<unknown>';
  const at = Date.parse(time);
  return Number.isNaN(at) ? '<unknown>' : humanDuration(nowMs - at);
}

/**
 * A duration in two or three significant digits, as kubectl's AGE: 119s, 2m, 9m59s, 7h59m, 47h, 7d23h,
 * 729d, 7y364d (apimachinery `util/duration`). Small negative ones, as clocks differ, are 0s.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return pair(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (hours < 24 * 365 * 8) return pair(years, 'y', days % 365, 'd');
  return `${years}y`;
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;

/** Labels as `a=b,c=d` in key order; '<none>' when there are none. */
export function labels(map: Readonly<Record<string, string>> | null | undefined): string {
  const keys = Object.keys(map ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map(k => `${k}=${map?.[k]}`).join(',');
}

/** A label selector in its string form (`a=b,c in (d,e),!f`), '<none>' when it selects everything. */
export function labelSelector(selector: LabelSelector | null | undefined): string {
  return selectorString(selector) || '<none>';
}

/** The same for the scale subresource and Deployments: empty when it selects everything. */
export function selectorString(selector: LabelSelector | null | undefined): string {
  try {
    return labelSelectorString(selector);
  } catch {
    return '<error>';
  }
}

interface Template {
  readonly spec?:
    | {
        readonly containers?:
          | readonly { readonly name: string; readonly image?: string | undefined }[]
          | undefined;
      }
    | undefined;
}

/** The Containers and Images columns of everything that has a pod template. */
export function templateColumns<T extends KubeObject>(
  template: (object: T) => Template | null | undefined,
): readonly [Column<T>, Column<T>] {
  const containers = (object: T) => template(object)?.spec?.containers ?? [];
  return [
    wide('Containers', o =>
      containers(o)
        .map(c => c.name)
        .join(','),
    ),
    wide('Images', o =>
      containers(o)
        .map(c => c.image ?? '')
        .join(','),
    ),
  ];
}
