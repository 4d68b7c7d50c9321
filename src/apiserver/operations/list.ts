/**
 * List: what the cache shows now, or the state at an older revision, filtered and cut into pages.
 * Pages of one list are all of one revision: the token carries it (API concepts, "Retrieving
 * large results sets in chunks" and "Resource versions").
 */
import { StatusError } from '../../api/status-error.ts';
import { TimeSlice } from '../../base/time-slice.ts';
import { CompactedError, FutureRevisionError, type Revision, revision } from '../../store/contract.ts';
import { compareKeys } from '../../store/key.ts';
import type { CachedObject } from '../cache/contract.ts';
import type { ServerCore, Target } from '../core.ts';
import { type ContinueToken, decodeContinue, encodeContinue, INCONSISTENT } from './continue-token.ts';
import type { Selection } from './selection.ts';

/** Looking at the clock costs as much as looking at an object. */
const OBJECTS_BETWEEN_LOOKS = 64;

export interface ListRequest {
  readonly selection: Selection;
  /** 0: no limit. */
  readonly limit?: number;
  readonly continueToken?: string;
  /** Undefined: the newest. */
  readonly resourceVersion?: number | undefined;
  readonly exact?: boolean;
}

export interface ListOutcome {
  readonly items: readonly CachedObject[];
  /** '' of objects that are not stored. */
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  /** Undefined with selectors, where it is not known. */
  readonly remaining: number | undefined;
}

/** @throws StatusError 400, 410, 504 */
export async function listObjects(
  core: ServerCore,
  target: Target,
  request: ListRequest,
): Promise<ListOutcome> {
  const { resource, namespace, name } = target;
  const token = request.continueToken ? decodeContinue(request.continueToken) : undefined;
  const prefix = resource.prefix(namespace);
  const snapshot = await snapshotFor(core, prefix, request, token);
  const wantedName = name || request.selection.name;
  let objects = snapshot.objects;
  if (wantedName !== undefined && wantedName !== '' && (namespace !== '' || !resource.namespaced))
    objects = objects.filter(o => o.key === resource.key(namespace, wantedName));
  if (token) {
    const after = prefix + token.after;
    objects = objects.slice(firstAfter(objects, after));
  }
  const { selection } = request;
  const limit = request.limit ?? 0;
  if (selection.everything && limit === 0) return complete(objects, snapshot.revision);
  const items: CachedObject[] = [];
  // Objects are decoded when somebody first looks into them: a long list is looked through in slices.
  const slice = new TimeSlice(core.clock);
  const next = async (from: number): Promise<number> => {
    if (selection.everything) return from;
    for (let i = from; i < objects.length; i++) {
      if (selection.matches(resource.present(objects[i] as CachedObject))) return i;
      const turn = i % OBJECTS_BETWEEN_LOOKS === 0 ? slice.turn() : undefined;
      if (turn) await turn;
    }
    return objects.length;
  };
  let position = 0;
  while (position < objects.length && (limit === 0 || items.length < limit)) {
    const found = await next(position);
    if (found < objects.length) items.push(objects[found] as CachedObject);
    position = found + 1;
  }
  const more = (await next(position)) < objects.length;
  const last = items[items.length - 1];
  if (!more || !last) return complete(items, snapshot.revision);
  return {
    items,
    resourceVersion: String(snapshot.revision),
    continueToken: encodeContinue({ revision: snapshot.revision, after: last.key.slice(prefix.length) }),
    remaining: selection.everything ? objects.length - position : undefined,
  };
}

function complete(items: readonly CachedObject[], at: Revision): ListOutcome {
  return { items, resourceVersion: String(at), continueToken: undefined, remaining: undefined };
}

interface Snapshot {
  readonly objects: readonly CachedObject[];
  readonly revision: Revision;
}

async function snapshotFor(
  core: ServerCore,
  prefix: string,
  { resourceVersion, exact }: ListRequest,
  token: ContinueToken | undefined,
): Promise<Snapshot> {
  const newest = (): Snapshot => ({ objects: core.cache.list(prefix), revision: core.cache.revision });
  if (token && token.revision !== INCONSISTENT) {
    const at = revision(token.revision);
    return { objects: await past(core, prefix, at, token), revision: at };
  }
  if (resourceVersion === undefined || resourceVersion === 0) return newest();
  if (resourceVersion > core.cache.revision) throw tooLarge(resourceVersion, core.cache.revision);
  if (!exact) return newest();
  const at = revision(resourceVersion);
  return { objects: await past(core, prefix, at, undefined), revision: at };
}

async function past(
  core: ServerCore,
  prefix: string,
  at: Revision,
  token: ContinueToken | undefined,
): Promise<readonly CachedObject[]> {
  try {
    return await core.cache.listAt(prefix, at);
  } catch (error) {
    if (error instanceof FutureRevisionError) throw tooLarge(at, core.cache.revision);
    if (error instanceof CompactedError) throw expired(token);
    throw error;
  }
}

function expired(token: ContinueToken | undefined): StatusError {
  if (!token)
    return new StatusError({
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });
  return new StatusError({
    reason: 'Expired',
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    listMeta: { continue: encodeContinue({ revision: INCONSISTENT, after: token.after }) },
  });
}

export function tooLarge(asked: number, current: number): StatusError {
  const message = `Too large resource version: ${asked}, current: ${current}`;
  return new StatusError({
    reason: 'Timeout',
    message: `Timeout: ${message}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** Objects are in key order: a binary search for the first key above `after`. */
function firstAfter(objects: readonly CachedObject[], after: string): number {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys((objects[middle] as CachedObject).key, after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
