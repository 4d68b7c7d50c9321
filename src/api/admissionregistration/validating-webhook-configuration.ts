import type { ValidatingWebhookConfiguration } from '../../generated/admissionregistration-v1.ts';
import { age, integer, name } from '../columns.ts';
import { defineKind } from '../define.ts';
import { defaultWebhooks, validateWebhooks } from './webhooks.ts';

export const validatingWebhookConfiguration = defineKind<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  anyFinalizer: true,
  tracksGeneration: true,
  allowUnconditionalUpdate: false,
  defaults: o => {
    defaultWebhooks(o.webhooks);
  },
  validate: o => validateWebhooks(o.webhooks),
  columns: [name, integer('Webhooks', o => o.webhooks?.length ?? 0), age],
});
