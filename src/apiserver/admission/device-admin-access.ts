/**
 * Admin access to devices (KEP-5018) is for namespaces that an administrator has labelled. Upstream asks
 * in the strategy; it takes another object, the namespace, so here it is admission.
 */
import { forbiddenField } from '../../api/field-error.ts';
import { invalid } from '../../api/status-error.ts';
import type { DeviceRequest, ResourceClaimSpec } from '../../generated/resource-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import type { AdmissionPlugin } from './chain.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
const LABEL = 'resource.kubernetes.io/admin-access';
const WHY = `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`;

export function deviceAdminAccess(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'DeviceAdminAccess',
    validate({ operation, resource, subresource, object, namespace, name }) {
      if (operation !== 'CREATE' || subresource !== '' || resource.named.group !== 'resource.k8s.io') return;
      const i = requestsOf(resource.named.resource, object).findIndex(r => r.exactly?.adminAccess === true);
      if (i < 0) return;
      const found = core().cache.get(keyFor(NAMESPACES, '', namespace))?.object;
      if (found?.metadata.labels?.[LABEL] === 'true') return;
      const path = `spec.devices.requests[${i}].adminAccess`;
      throw invalid(resource.definition, object?.metadata.name ?? name, [forbiddenField(path, WHY)]);
    },
  };
}

function requestsOf(plural: string, object: unknown): readonly DeviceRequest[] {
  if (plural !== 'resourceclaims' && plural !== 'resourceclaimtemplates') return [];
  const { spec } = object as { spec: ResourceClaimSpec & { spec?: ResourceClaimSpec } };
  return (plural === 'resourceclaims' ? spec : spec.spec)?.devices?.requests ?? [];
}
