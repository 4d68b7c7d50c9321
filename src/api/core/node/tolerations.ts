/** Whether a toleration covers a taint (API reference, Toleration). Pure. */
import type { Taint, Toleration } from '../../../generated/core-v1.ts';

/** An absent effect covers every effect; an absent key with Exists every taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator || 'Equal';
  if (operator === 'Exists') return true;
  return Boolean(toleration.key) && operator === 'Equal' && (toleration.value ?? '') === (taint.value ?? '');
}

/** Whether one of them does. */
export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(toleration => tolerates(toleration, taint));
}
