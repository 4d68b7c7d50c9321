/**
 * Emptying a namespace: what to delete next, what to say of it, and when it is done. Pure.
 *
 * Pods go first, and nothing else before they are gone (KEP-5080): a pod must not outlive the
 * NetworkPolicy that guards it or lose the Secret it needs to end well.
 */
import { rfc3339 } from '../../base/clock.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type { Namespace, NamespaceCondition } from '../../generated/core-v1.ts';
import type { ResourceKind } from '../controller.ts';

/** What one kind has left in the namespace. */
export interface Remaining {
  readonly kind: ResourceKind;
  readonly count: number;
  /** How many of them are not being deleted yet. */
  readonly untouched: number;
  /** How many instances wait for each finalizer. */
  readonly finalizers: ReadonlyMap<string, number>;
}

export interface EmptyingPlan {
  /** Kinds whose objects are to be deleted now. */
  readonly remove: readonly ResourceKind[];
  /** Nothing is left: the namespace can go. */
  readonly empty: boolean;
}

export function planEmptying(remaining: readonly Remaining[]): EmptyingPlan {
  const left = remaining.filter(({ count }) => count > 0);
  const pods = left.filter(({ kind }) => kind.group === '' && kind.plural === 'pods');
  const now = pods.length > 0 ? pods : left;
  return {
    remove: now.filter(({ untouched }) => untouched > 0).map(({ kind }) => kind),
    empty: left.length === 0,
  };
}

/** The status to write; undefined when it says this already. `failures` are of the last deletions. */
export function namespaceStatus(
  namespace: Namespace,
  remaining: readonly Remaining[],
  failures: readonly string[],
  nowMs: number,
): Namespace | undefined {
  const old = namespace.status?.conditions ?? [];
  const conditions = wantedConditions(remaining, failures).map(next => {
    const known = old.find(condition => condition.type === next.type);
    const lastTransitionTime = known?.status === next.status ? known.lastTransitionTime : rfc3339(nowMs);
    return { ...next, lastTransitionTime };
  });
  const others = old.filter(({ type }) => !conditions.some(condition => condition.type === type));
  const status = { phase: 'Terminating', conditions: [...others, ...conditions] };
  return deepEqual(status, namespace.status) ? undefined : { ...namespace, status };
}

function wantedConditions(
  remaining: readonly Remaining[],
  failures: readonly string[],
): readonly NamespaceCondition[] {
  const left = remaining.filter(({ count }) => count > 0);
  const finalizers = new Map<string, number>();
  for (const { finalizers: waiting } of left) {
    for (const [name, count] of waiting) finalizers.set(name, (finalizers.get(name) ?? 0) + count);
  }
  return [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    failures.length > 0
      ? condition(
          'NamespaceDeletionContentFailure',
          true,
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}`,
        )
      : condition(
          'NamespaceDeletionContentFailure',
          false,
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        ),
    left.length > 0
      ? condition(
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${listed(left.map(({ kind, count }) => [`${kind.plural}.${kind.group} has`, count]))}`,
        )
      : condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
    finalizers.size > 0
      ? condition(
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${listed([...finalizers].map(([name, count]) => [`${name} in`, count]))}`,
        )
      : condition(
          'NamespaceFinalizersRemaining',
          false,
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
}

const condition = (type: string, holds: boolean, reason: string, message: string): NamespaceCondition => ({
  type,
  status: holds ? 'True' : 'False',
  reason,
  message,
});

const listed = (entries: readonly (readonly [string, number])[]) =>
  entries
    .map(([what, count]) => `${what} ${count} resource instances`)
    .sort()
    .join(', ');
