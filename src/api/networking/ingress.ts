import type { Ingress } from '../../generated/networking-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { type FieldError, invalidValue } from '../field-error.ts';
import { validateIngressSpec, validateIngressStatus } from './ingress-validation.ts';

/** How many hosts a row shows before it says how many more rules there are. */
const MAX_SHOWN = 3;

function hosts({ spec }: Ingress): string {
  const rules = spec?.rules ?? [];
  const shown: string[] = [];
  let more = false;
  for (const { host } of rules) {
    if (shown.length === MAX_SHOWN) more = true;
    else if (host) shown.push(host);
  }
  if (shown.length === 0) return '*';
  return more ? `${shown.join(',')} + ${rules.length - MAX_SHOWN} more...` : shown.join(',');
}

/** How a class was named before spec.ingressClassName. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

function validateClassTwice({ metadata, spec }: Ingress): FieldError[] {
  const annotation = metadata.annotations?.[CLASS_ANNOTATION];
  const className = spec?.ingressClassName;
  if (annotation === undefined || className === undefined || annotation === className) return [];
  const why = 'must match `ingressClassName` when both are specified';
  return [invalidValue(`annotations.${CLASS_ANNOTATION}`, annotation, why)];
}

export const ingress = defineKind<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  singular: 'ingress',
  shortNames: ['ing'],
  namespaced: true,
  schema: 'io.k8s.api.networking.v1.Ingress',
  tracksGeneration: true,

  prepareForCreate: o => {
    o.status = { loadBalancer: {} };
  },
  prepareForUpdate: keepStatus,
  validate: o => [...validateIngressSpec(o), ...validateClassTwice(o)],
  validateUpdate: validateIngressSpec,
  warnings: (o, old) =>
    o.metadata.annotations?.[CLASS_ANNOTATION] === undefined || o.spec?.ingressClassName !== undefined || old
      ? []
      : [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`],
  subresources: { status: { validateUpdate: validateIngressStatus } },
  columns: [
    name,
    column('Class', o => o.spec?.ingressClassName ?? '<none>'),
    column('Hosts', o => hosts(o)),
    column('Address', o =>
      [...new Set((o.status?.loadBalancer?.ingress ?? []).map(i => i.ip || i.hostname || '').filter(Boolean))]
        .sort()
        .join(','),
    ),
    column('Ports', o => (o.spec?.tls?.length ? '80, 443' : '80')),
    age,
  ],
});
