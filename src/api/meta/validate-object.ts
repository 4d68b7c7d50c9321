/**
 * The whole validation of an object: its metadata by the kind's name rule, then what the kind
 * itself says. Handlers call these; kinds' own functions look only at the rest of the object.
 */
import type { FieldError } from '../field-error.ts';
import type { KindDefinition, StrategyContext } from '../kind.ts';
import type { KubeObject } from '../object.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

export function validateCreate(
  kind: KindDefinition,
  object: KubeObject,
  context: StrategyContext,
): FieldError[] {
  return [...validateObjectMeta(object.metadata, kind), ...(kind.validate?.(object, context) ?? [])];
}

/** For the main resource and, with `context.subresource` set to 'status', for the status. */
export function validateUpdate(
  kind: KindDefinition,
  next: KubeObject,
  old: KubeObject,
  context: StrategyContext,
): FieldError[] {
  const errors = validateObjectMetaUpdate(next.metadata, old.metadata, kind);
  if (context.subresource === 'status') {
    return [...errors, ...(kind.subresources?.status?.validateUpdate?.(next, old, context) ?? [])];
  }
  // Upstream's kinds check the whole object again, metadata included: each error shows twice in the
  // causes of a Status, once in its message.
  errors.push(...validateObjectMeta(next.metadata, kind));
  const own = kind.validateUpdate ? kind.validateUpdate(next, old, context) : kind.validate?.(next, context);
  return [...errors, ...(own ?? [])];
}
