import type { Service } from '../../generated/core-v1.ts';
import { keepStatus } from '../carry-over.ts';
import { defineKind } from '../define.ts';
import { serviceColumns } from './service/columns.ts';
import { defaultService } from './service/defaults.ts';
import { dropFieldsOfOldType, dropPolicyOfNames, validateServiceChange } from './service/update.ts';
import { validateService } from './service/validate.ts';
import { validateServiceStatus } from './service/validate-status.ts';
import { warnAboutService, warnAboutServiceStatus } from './service/warnings.ts';

/**
 * ClusterIPs and node ports are handed out by src/apiserver/allocators, between defaulting and
 * prepareFor…; what of it is pure stands in service/addresses.ts.
 */
export const service = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',
  nameRule: 'dns-label',
  allowCreateOnUpdate: true,
  defaults: defaultService,
  prepareForCreate: service => {
    service.status = { loadBalancer: {} };
    dropPolicyOfNames(service);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropPolicyOfNames(next);
    dropFieldsOfOldType(next, old);
  },
  validate: validateService,
  validateUpdate: (next, old) => [...validateServiceChange(next, old), ...validateService(next)],
  warnings: warnAboutService,
  subresources: { status: { validateUpdate: validateServiceStatus, warnings: warnAboutServiceStatus } },
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': o => o.spec?.clusterIP ?? '',
    'spec.type': o => o.spec?.type ?? '',
  },
});
