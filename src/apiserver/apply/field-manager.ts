/**
 * Keeps metadata.managedFields through writes (KEP-555; upstream's field manager).
 *
 * Guarantees: what a write changes belongs to its writer, and to nobody else; what it does not
 * change keeps its owners. Entries and times of an object that a write leaves as it was stay as
 * they were. An object that has lost its managedFields is not tracked until somebody applies to
 * it; then all it has belongs to `before-first-apply`.
 */
import type { KubeObject } from '../../api/object.ts';
import { withEmptyLists } from '../../api/schema/empty-lists.ts';
import { badRequest, StatusError } from '../../api/status-error.ts';
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import { conflictStatus } from './conflicts.ts';
import { KUBECTL, lastAppliedFields, lastAppliedOf, updateLastApplied } from './last-applied.ts';
import {
  capUpdaters,
  decodeManaged,
  encodeManaged,
  identifierOf,
  type Managed,
  noManaged,
} from './managed-fields.ts';
import { UNKNOWN_MANAGER } from './manager-name.ts';
import { type Applied, applyConfig, ConflictsError, updateManagers } from './managers.ts';
import { type Managers, type Rules, withSet } from './ownership.ts';
import { NEVER_OWNED } from './reset-fields.ts';
import { sameValue } from './typed/compare-values.ts';
import { difference, FieldSet, union } from './typed/field-set.ts';
import { validateConfig } from './typed/validate.ts';

export interface Writer {
  readonly rules: Rules;
  /** Of the request: `apps/v1`, `Deployment`. */
  readonly kind: string;
  readonly subresource: string;
  readonly manager: string;
  /** RFC 3339, seconds. */
  readonly now: string;
  /** An object of the kind with nothing in it, as upstream compares new ones with. */
  readonly empty: () => KubeObject;
}

const BEFORE_FIRST_APPLY = 'before-first-apply';
/** Upstream's marker: what the present write takes, before it is joined with what its writer had. */
const PRESENT_WRITE = 'current-operation';

/** Sets `next.metadata.managedFields`. `live` is `writer.empty()` for a new object. */
export function trackUpdate(writer: Writer, live: KubeObject, next: KubeObject): void {
  const before = managedBefore(live, next, writer.subresource !== '');
  const isNew = (live.metadata.uid ?? '') === '';
  if (before.managers.size === 0 && !isNew) {
    delete next.metadata.managedFields;
    return;
  }
  setEntries(next, encodeManaged(update(writer, live, next, before, writer.manager)));
}

/** The managers that the client sent, if it sent any that can be read; otherwise those that are there. */
function managedBefore(live: KubeObject, next: KubeObject, liveOnly: boolean): Managed {
  const [there, sent] = [live.metadata.managedFields ?? [], next.metadata.managedFields ?? []];
  if (!liveOnly && next.metadata.managedFields && !sameValue(sent, there)) {
    if (isReset(sent)) return noManaged();
    const managed = decodeManaged(sent);
    if (managed && managed.managers.size > 0) return managed;
  }
  return decodeManaged(there) ?? noManaged();
}

/** `managedFields: []` and `[{}]` ask to forget all managers; leaving it out does not. */
const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);

function update(
  writer: Writer,
  live: KubeObject,
  next: KubeObject,
  before: Managed,
  manager: string,
): Managed {
  const after = updateManagers(
    writer.rules,
    bare(live),
    bare(withEmptyLists(next)),
    before.managers,
    PRESENT_WRITE,
  );
  dropNeverOwned(after, PRESENT_WRITE);
  const times = new Map(before.times);
  const taken = after.get(PRESENT_WRITE);
  if (taken) {
    after.delete(PRESENT_WRITE);
    const identifier = identifierOf({
      manager: manager || UNKNOWN_MANAGER,
      operation: 'Update',
      apiVersion: writer.rules.apiVersion,
      subresource: writer.subresource,
    });
    const own = after.get(identifier);
    after.set(identifier, own ? withSet(taken, union(taken.set, own.set)) : taken);
    times.set(identifier, writer.now);
  }
  const managed = { managers: after, times };
  capUpdaters(managed);
  return managed;
}

/**
 * The object after `config` is applied to `live`, with its managedFields: not yet decoded,
 * defaulted or validated. The arguments are not changed, and the result shares parts with them.
 * @throws StatusError 400, 409, 500
 */
export function applyPatch(writer: Writer, live: KubeObject, config: object, force: boolean): KubeObject {
  checkVersion(writer, config);
  const managed = decodeManaged(live.metadata.managedFields ?? []);
  if (!managed) throw failure('failed to decode managed fields: an entry of the object is malformed');
  const known =
    managed.managers.size > 0 ? managed : update(writer, writer.empty(), live, managed, BEFORE_FIRST_APPLY);
  const identifier = identifierOf({
    manager: writer.manager,
    operation: 'Apply',
    apiVersion: writer.rules.apiVersion,
    subresource: writer.subresource,
  });
  checkConfig(writer, config);
  const { object, managers } = applyAs(writer, bare(live), config, known.managers, identifier, force);
  dropNeverOwned(managers, identifier);
  const times = new Map(known.times);
  if (object) times.set(identifier, writer.now);
  const next = withOwnMetadata(object ?? bare(live));
  if (writer.manager === KUBECTL) updateLastApplied(next, config);
  setEntries(next, encodeManaged({ managers, times }));
  return next;
}

/** kubectl takes over what its own client-side apply left behind. */
function applyAs(
  { rules, manager }: Writer,
  live: object,
  config: object,
  managers: Managers,
  identifier: string,
  force: boolean,
): Applied {
  try {
    return applyConfig(rules, live, config, managers, identifier, force);
  } catch (error) {
    if (!(error instanceof ConflictsError)) throw error;
    const own =
      manager === KUBECTL && lastAppliedOf(live) !== '' ? lastAppliedFields(rules, live) : undefined;
    if (!own) throw conflictStatus(error);
    const foreign = error.conflicts.filter(({ path }) => !own.has(path));
    if (foreign.length > 0) throw conflictStatus(new ConflictsError(foreign));
    return applyConfig(rules, live, config, managers, identifier, true);
  }
}

interface Head {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: {
    readonly name?: unknown;
    readonly namespace?: unknown;
    readonly managedFields?: unknown;
  } | null;
}

function checkVersion({ rules, kind }: Writer, config: object): void {
  const head = config as Head;
  if (head.apiVersion !== rules.apiVersion || head.kind !== kind)
    throw badRequest(`invalid object type: ${showKind(config)}`);
}

function checkConfig({ rules }: Writer, config: object): void {
  if (Array.isArray((config as Head).metadata?.managedFields))
    throw badRequest('metadata.managedFields must be nil');
  const problem = validateConfig(config, rules.shape);
  if (problem !== undefined)
    throw failure(`failed to create typed patch object (${showObject(config)}): ${problem}`);
}

/** `/a; apps/v1, Kind=Deployment`: namespace, name and kind as the configuration says them. */
export function showObject(config: object): string {
  const { metadata } = config as Head;
  return `${text(metadata?.namespace)}/${text(metadata?.name)}; ${showKind(config)}`;
}

export function showKind(config: object): string {
  const { apiVersion, kind } = config as Head;
  const version = text(apiVersion);
  return `${version.includes('/') ? version : `/${version}`}, Kind=${text(kind)}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Upstream answers 500 without a reason to configurations that do not fit the type. */
export const failure = (message: string): StatusError => new StatusError({ reason: '', code: 500, message });

function dropNeverOwned(managers: Managers, identifier: string): void {
  const ownership = managers.get(identifier);
  if (!ownership) return;
  const set: FieldSet = difference(ownership.set, NEVER_OWNED);
  if (set.isEmpty) managers.delete(identifier);
  else managers.set(identifier, withSet(ownership, set));
}

/** Without managedFields, which are looked at on their own. */
function bare(object: KubeObject): object {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Its metadata may be set without changing what it is shared with. */
function withOwnMetadata(object: object): KubeObject {
  return { ...object, metadata: { ...(object as KubeObject).metadata } };
}

function setEntries(object: KubeObject, entries: ManagedFieldsEntry[]): void {
  if (entries.length > 0) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

/** Two versions of an object's managedFields that differ at most in times. */
export function sameEntries(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  const [left, right] = [a ?? [], b ?? []];
  return (
    left.length === right.length && left.every((entry, i) => sameValue(timeless(entry), timeless(right[i])))
  );
}

function timeless(entry: ManagedFieldsEntry | undefined): object {
  const { time: _, ...rest } = entry ?? {};
  return rest;
}
