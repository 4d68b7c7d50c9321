import type { IngressClass } from '../../generated/networking-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

function parameters({ spec }: IngressClass): string {
  const reference = spec?.parameters;
  if (!reference) return '<none>';
  return `${reference.kind}${reference.apiGroup ? `.${reference.apiGroup}` : ''}/${reference.name}`;
}

export const ingressClass = defineKind<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  namespaced: false,
  schema: 'io.k8s.api.networking.v1.IngressClass',
  tracksGeneration: true,
  columns: [
    name,
    column('Controller', o => o.spec?.controller ?? ''),
    column('Parameters', o => parameters(o)),
    age,
  ],
});
