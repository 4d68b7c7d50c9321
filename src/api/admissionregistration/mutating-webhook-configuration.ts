import type { MutatingWebhookConfiguration } from '../../generated/admissionregistration-v1.ts';
import { age, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { defaultWebhooks, validateWebhooks } from './webhooks.ts';

export const mutatingWebhookConfiguration = defineKind<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  defaults: o => {
    defaultWebhooks(o.webhooks);
    for (const webhook of o.webhooks ?? []) webhook.reinvocationPolicy ??= 'Never';
  },
  validate: o => validateWebhooks(o.webhooks),
  columns: [name, integer('Webhooks', o => o.webhooks?.length ?? 0), age],
});
