/**
 * JSON Merge Patch, RFC 7396: null removes, objects merge, everything else replaces. Pure.
 *
 * Fields of objects in lists that are null, which the RFC would keep, are left out as upstream's library
 * does.
 */
import { ownField, setOwnField } from '../../base/own-field.ts';

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return withoutNullFields(patch);
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwnField(result, key, mergePatch(ownField(result, key), value));
  }
  return result;
}

function withoutNullFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNullFields);
  return isObject(value) ? mergePatch(undefined, value) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
