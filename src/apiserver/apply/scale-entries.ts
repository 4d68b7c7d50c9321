/**
 * managedFields of a Scale: those of its parent that own the replicas, as owners of the Scale's
 * `spec.replicas`; and the way back after the Scale was written (upstream: ScaleHandler).
 */
import type { ManagedFieldsEntry } from '../../generated/meta-v1.ts';
import { decodeManaged, encodeManaged, noManaged } from './managed-fields.ts';
import { withSet } from './ownership.ts';
import { difference, FieldSet } from './typed/field-set.ts';
import { fieldElement } from './typed/path-element.ts';

const SCALE_VERSION = 'autoscaling/v1';
/** Of the Scale, and of every built-in kind that has one. */
export const SCALE_REPLICAS: readonly string[] = ['spec', 'replicas'];
const REPLICAS = SCALE_REPLICAS.map(fieldElement);
const JUST_REPLICAS = FieldSet.of(REPLICAS);

type Entries = readonly ManagedFieldsEntry[];

/** `path`: where the parent has its replicas. */
export function toScaleEntries(
  parent: Entries,
  path: readonly string[] = SCALE_REPLICAS,
): ManagedFieldsEntry[] {
  const replicas = path.map(fieldElement);
  const managed = decodeManaged(parent) ?? noManaged();
  const scale = noManaged();
  for (const [identifier, { set, applied }] of managed.managers) {
    if (!set.has(replicas)) continue;
    scale.managers.set(identifier, { set: JUST_REPLICAS, apiVersion: SCALE_VERSION, applied });
    const time = managed.times.get(identifier);
    if (time) scale.times.set(identifier, time);
  }
  return encodeManaged(scale);
}

/** The parent's entries after the Scale's became `scale`. New ones have no time: upstream gives them none. */
export function fromScaleEntries(
  parent: Entries,
  scale: Entries,
  parentVersion: string,
  path: readonly string[] = SCALE_REPLICAS,
): ManagedFieldsEntry[] {
  const replicas = path.map(fieldElement);
  const justReplicas = FieldSet.of(replicas);
  const before = decodeManaged(parent) ?? noManaged();
  const written = decodeManaged(scale) ?? noManaged();
  const managers = new Map(before.managers);
  for (const [identifier, ownership] of before.managers) {
    if (!ownership.set.has(replicas)) continue;
    if (written.managers.delete(identifier)) continue;
    const rest = difference(ownership.set, justReplicas);
    if (rest.isEmpty) managers.delete(identifier);
    else managers.set(identifier, withSet(ownership, rest));
  }
  for (const [identifier, { set, applied }] of written.managers)
    if (set.has(REPLICAS))
      managers.set(identifier, { set: justReplicas, apiVersion: parentVersion, applied });
  return encodeManaged({ managers, times: before.times });
}
