/**
 * JSON Patch (RFC 6902) with the leniencies of upstream's library, which clients have come to rely
 * on: replacing a key that is not there adds it, copying one adds null, testing one against null
 * passes. The whole document can be replaced and tested, but nothing can be added in its place.
 */
import { StatusError } from '../../api/status-error.ts';
import { ownField, setOwnField } from '../../base/own-field.ts';
import { clone, sameJson } from '../operations/clone.ts';
import { type Container, containerAt, indexIn, PointerError, parsePointer } from './json-pointer.ts';

const MAX_OPERATIONS = 10_000;

/** A field that is null counts as absent. */
export interface JsonPatchOperation {
  readonly op?: string | null;
  readonly path?: string | null;
  readonly from?: string | null;
  readonly value?: unknown;
}

/** Changes `document`, which must be the caller's own. @throws StatusError 413, 422 */
export function jsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown {
  if (operations.length > MAX_OPERATIONS)
    throw new StatusError({
      reason: 'RequestEntityTooLarge',
      message: `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
    });
  const root = { document };
  try {
    for (const operation of operations) apply(root, operation);
  } catch (cause) {
    if (cause instanceof PointerError) throw rejected(cause);
    throw cause;
  }
  if (typeof root.document !== 'object' || root.document === null) throw rejected(undefined);
  return root.document;
}

function rejected(cause: unknown): StatusError {
  return new StatusError({
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
    cause,
  });
}

interface Root {
  document: unknown;
}

function apply(root: Root, { op, path, from, value = null }: JsonPatchOperation): void {
  if (path == null) throw new PointerError('the operation has no path');
  switch (op) {
    case 'add':
      return add(root, path, value);
    case 'remove':
      return remove(root, path);
    case 'replace':
      return replace(root, path, value);
    case 'move': {
      const moved = read(root, required(from));
      remove(root, required(from));
      return add(root, path, moved);
    }
    case 'copy':
      return add(root, path, clone(find(root, required(from)) ?? null));
    case 'test':
      return test(root, path, value);
    default:
      throw new PointerError(`unexpected kind: ${op}`);
  }
}

function required(from: string | null | undefined): string {
  if (from == null) throw new PointerError('the operation has no from');
  return from;
}

interface Place {
  readonly container: Container;
  readonly key: string;
}

/** @throws PointerError: there is nothing that could hold it */
function placeOf({ document }: Root, pointer: string): Place {
  const path = parsePointer(pointer);
  const key = path.at(-1);
  if (key === undefined) throw new PointerError(`${pointer} is no place in the document`);
  return { container: containerAt(document, path), key };
}

function add(root: Root, pointer: string, value: unknown): void {
  const { container, key } = placeOf(root, pointer);
  if (Array.isArray(container)) container.splice(indexIn(container, key, 1), 0, value);
  else setOwnField(container, key, value);
}

function remove(root: Root, pointer: string): void {
  const { container, key } = placeOf(root, pointer);
  if (Array.isArray(container)) container.splice(indexIn(container, key, 0), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PointerError(`cannot remove ${pointer}: it is not there`);
}

function replace(root: Root, pointer: string, value: unknown): void {
  if (pointer === '') {
    root.document = value;
    return;
  }
  const { container, key } = placeOf(root, pointer);
  if (Array.isArray(container)) container[indexIn(container, key, 0)] = value;
  else setOwnField(container, key, value);
}

function test(root: Root, pointer: string, value: unknown): void {
  const found = pointer === '' ? root.document : find(root, pointer);
  if (!sameJson(found ?? null, value)) throw new PointerError(`testing value ${pointer} failed`);
}

function read(root: Root, pointer: string): unknown {
  const found = find(root, pointer);
  if (found === undefined) throw new PointerError(`${pointer} is not there`);
  return found;
}

function find(root: Root, pointer: string): unknown {
  const { container, key } = placeOf(root, pointer);
  return Array.isArray(container) ? container[indexIn(container, key, 0)] : ownField(container, key);
}
