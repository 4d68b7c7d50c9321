/**
 * metadata.managedFields: one entry for each manager, operation, version and subresource. Between
 * decoding and encoding a manager goes by its identifier: appliers without the version, since an
 * applier stays the same one when it moves to another version; updaters with it.
 */
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import { type Managers, type Ownership, type StoredOwnership, withSet } from './ownership.ts';
import { type FieldSet, union } from './typed/field-set.ts';
import { decodeFields, decodeStored, encodeFields, FieldsError, type FieldsV1 } from './typed/fields-v1.ts';

export interface Managed {
  readonly managers: Managers;
  /** RFC 3339, by manager identifier; absent where the entry has no time. */
  readonly times: Map<string, string>;
}

export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** '' for appliers. */
  readonly apiVersion: string;
  readonly subresource: string;
}

type Identified = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** The text sorts as upstream's JSON of the same fields does. */
export function identifierOf({ manager, operation, apiVersion, subresource }: Identified): string {
  return JSON.stringify({
    ...(manager ? { manager } : {}),
    operation,
    ...(operation === 'Update' && apiVersion ? { apiVersion } : {}),
    ...(subresource ? { subresource } : {}),
  });
}

export function parseIdentifier(identifier: string): ManagerIdentity {
  const {
    manager = '',
    operation = 'Apply',
    apiVersion = '',
    subresource = '',
  } = JSON.parse(identifier) as Partial<ManagerIdentity>;
  return { manager, operation, apiVersion, subresource };
}

export const noManaged = (): Managed => ({ managers: new Map(), times: new Map() });

/** Undefined: an entry is malformed. */
export function decodeManaged(entries: readonly ManagedFieldsEntry[]): Managed | undefined {
  const managed = noManaged();
  for (const entry of entries) {
    const { operation, apiVersion = '', fieldsType, time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
    const ownership = ownershipOf(entry, apiVersion, operation === 'Apply');
    if (!ownership) return undefined;
    const identifier = identifierOf(entry);
    managed.managers.set(identifier, ownership);
    if (time) managed.times.set(identifier, time);
    else managed.times.delete(identifier);
  }
  return managed;
}

function ownershipOf(entry: ManagedFieldsEntry, apiVersion: string, applied: boolean): Ownership | undefined {
  const { fieldsV1 } = entry;
  // Frozen ones are of the cache: we wrote them, and they are read when somebody asks.
  if (typeof fieldsV1 === 'object' && fieldsV1 !== null && Object.isFrozen(fieldsV1))
    return new LazyOwnership(apiVersion, applied, { fields: fieldsV1 as FieldsV1, entry });
  try {
    return { set: decodeFields(fieldsV1), apiVersion, applied };
  } catch (error) {
    if (error instanceof FieldsError) return undefined;
    throw error;
  }
}

class LazyOwnership implements Ownership {
  private decoded: FieldSet | undefined;

  constructor(
    readonly apiVersion: string,
    readonly applied: boolean,
    readonly stored: StoredOwnership,
  ) {}

  get set(): FieldSet {
    this.decoded ??= decodeStored(this.stored.fields);
    return this.decoded;
  }
}

/** Sorted by operation, time, manager, version and subresource, as upstream does. */
export function encodeManaged({ managers, times }: Managed): ManagedFieldsEntry[] {
  return [...managers]
    .map(([identifier, ownership]) => entryOf(identifier, ownership, times.get(identifier)))
    .sort(byAge);
}

function entryOf(identifier: string, ownership: Ownership, time: string | undefined): ManagedFieldsEntry {
  const { stored, apiVersion, applied } = ownership;
  if (stored && stored.entry.time === time) return stored.entry;
  const { manager, subresource } = parseIdentifier(identifier);
  return {
    manager,
    operation: applied ? 'Apply' : 'Update',
    apiVersion,
    ...(time ? { time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: stored?.fields ?? encodeFields(ownership.set),
    ...(subresource ? { subresource } : {}),
  } as ManagedFieldsEntry;
}

const compareTexts = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);
const seconds = (time: string | undefined): number => (time ? Math.floor(Date.parse(time) / 1000) : 0);

function byAge(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareTexts(a.operation, b.operation) ||
    seconds(a.time) - seconds(b.time) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

export const MAX_UPDATERS = 10;
const ANCIENT = 'ancient-changes';

/** More than ten updaters: the oldest ones of each version become one, `ancient-changes`. */
export function capUpdaters({ managers, times }: Managed, max = MAX_UPDATERS): void {
  const updaters = [...managers.keys()].filter(id => !managers.get(id)?.applied);
  let excess = updaters.length - max;
  if (excess <= 0) return;
  updaters.sort((a, b) => seconds(times.get(a)) - seconds(times.get(b)) || compareTexts(a, b));
  const firstOfVersion = new Map<string, string>();
  for (const identifier of updaters) {
    if (excess <= 0) return;
    const ownership = managers.get(identifier) as Ownership;
    const { apiVersion } = ownership;
    const first = firstOfVersion.get(apiVersion);
    if (first === undefined) {
      firstOfVersion.set(apiVersion, identifier);
      continue;
    }
    const bucket = identifierOf({ manager: ANCIENT, operation: 'Update', apiVersion });
    const older = (managers.get(bucket) ?? managers.get(first)) as Ownership;
    if (!managers.has(bucket)) managers.delete(first);
    managers.set(bucket, withSet(ownership, union(ownership.set, older.set)));
    if (identifier !== bucket) managers.delete(identifier);
    const time = times.get(identifier);
    if (time) times.set(bucket, time);
    else times.delete(bucket);
    excess--;
  }
}
