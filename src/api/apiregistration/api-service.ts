import type { APIService } from '../../generated/apiregistration-v1.ts';
import { age, column, name } from '../columns.ts';
import { defineKind } from '../define.ts';

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(c => c.type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

export const apiService = defineKind<APIService>({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  anyFinalizer: true,
  allowUnconditionalUpdate: false,
  nameRule: 'path-segment',

  subresources: { status: {} },
  columns: [
    name,
    column('Service', o =>
      o.spec?.service ? `${o.spec.service.namespace ?? ''}/${o.spec.service.name ?? ''}` : 'Local',
    ),
    column('Available', o => availability(o)),
    age,
  ],
});
