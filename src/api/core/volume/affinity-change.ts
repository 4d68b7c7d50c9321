/** Where a volume may be reached from stays; only the names of node labels may be replaced by today's. */
import type { NodeSelector, VolumeNodeAffinity } from '../../../generated/core-v1.ts';
import { type FieldError, invalidValue } from '../../field-error.ts';
import { semanticEqual } from '../../validation/checks.ts';
import { toInternal } from '../../validation/internal-form.ts';

/** From the names in the days of beta. */
const TODAY: ReadonlyMap<string, string> = new Map([
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'],
  ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type'],
  ['beta.kubernetes.io/os', 'kubernetes.io/os'],
  ['beta.kubernetes.io/arch', 'kubernetes.io/arch'],
]);

export function validateAffinityChange(
  next: VolumeNodeAffinity | undefined,
  old: VolumeNodeAffinity,
): FieldError[] {
  if (semanticEqual(next, renamedAsIn(next, old))) return [];
  const why = 'field is immutable, except for updating from beta label to GA';
  return [invalidValue('nodeAffinity', next && toInternal('VolumeNodeAffinity', next), why)];
}

/** The old affinity with today's names wherever the new one has them. */
function renamedAsIn(next: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity): VolumeNodeAffinity {
  const keyAt = (term: number, i: number) =>
    next?.required?.nodeSelectorTerms[term]?.matchExpressions?.[i]?.key;
  const terms: NodeSelector['nodeSelectorTerms'] | undefined = old.required?.nodeSelectorTerms.map(
    (term, t) => ({
      ...term,
      matchExpressions: term.matchExpressions?.map((expression, i) => {
        const today = TODAY.get(expression.key);
        return today !== undefined && keyAt(t, i) === today ? { ...expression, key: today } : expression;
      }),
    }),
  );
  return terms ? { ...old, required: { ...old.required, nodeSelectorTerms: terms } } : old;
}
