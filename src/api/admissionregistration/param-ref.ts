import type { ParamRef } from '../../generated/admissionregistration-v1.ts';

/** namespace/name of what a binding's parameters are taken from; `*` for any that a selector matches. */
export function paramRef(reference: ParamRef | undefined): string {
  if (!reference) return '<unset>';
  if (!reference.name) return '*/*';
  return `${reference.namespace || '*'}/${reference.name}`;
}
