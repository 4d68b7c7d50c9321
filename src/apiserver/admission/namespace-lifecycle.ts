/** NamespaceLifecycle: nothing new in a namespace that is missing or going; three that never go. */
import { forbidden, notFound, StatusError } from '../../api/status-error.ts';
import type { Namespace } from '../../generated/core-v1.ts';
import { keyFor } from '../cache/keys.ts';
import type { ServerCore } from '../core.ts';
import { type AdmissionPlugin, type AdmissionRequest, shownName } from './chain.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export function namespaceLifecycle(core: () => ServerCore): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    admit: request => checkNamespace(core(), request),
  };
}

function checkNamespace(core: ServerCore, request: AdmissionRequest): void {
  const { operation, resource, namespace, name } = request;
  const { group, kind } = resource.definition;
  if (group === '' && kind === 'Namespace') {
    if (operation === 'DELETE' && IMMORTAL.has(name))
      throw forbidden(NAMESPACES, name, 'this namespace may not be deleted');
    return;
  }
  if (operation !== 'CREATE' || !resource.namespaced || !resource.stored) return;
  const found = core.cache.get<Namespace>(keyFor(NAMESPACES, '', namespace))?.object;
  if (!found) throw notFound(NAMESPACES, namespace);
  if (found.status?.phase === 'Terminating' || found.metadata.deletionTimestamp) throw terminating(request);
}

function terminating(request: AdmissionRequest): StatusError {
  const { resource, namespace } = request;
  const error = forbidden(
    resource.named,
    shownName(request),
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new StatusError({
    reason: 'Forbidden',
    message: error.message,
    details: { ...error.details, causes: [cause] },
  });
}
