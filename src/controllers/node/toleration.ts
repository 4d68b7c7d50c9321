/** Whether a toleration covers a taint (API reference, Toleration). */
import type { Taint, Toleration } from '../../generated/core-v1.ts';

/** An absent key with Exists covers every taint, an absent effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if ((toleration.operator ?? 'Equal') === 'Exists') return true;
  return Boolean(toleration.key) && (toleration.value ?? '') === (taint.value ?? '');
}
