/** What the expressions of a policy see: objects as they are sent, and what is asked. */
import { CelMap, type Value } from '../../../api/cel/values.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { AdmissionRequest } from '../chain.ts';

export function dynamicValue(json: unknown): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === 'boolean' || typeof json === 'string') return json;
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(dynamicValue);
  return new CelMap(
    Object.entries(json)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [Value, Value] => [name, dynamicValue(value)]),
  );
}

const OPTIONS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

export function requestValue(request: AdmissionRequest): Value {
  const { resource, subresource, operation, user, name, namespace, dryRun, object } = request;
  const { group, version } = resource.gvr;
  const kind = request.kind ?? { group, version, kind: resource.definition.kind };
  const shown = name || (object?.metadata.name ?? '');
  const options = operation === 'CONNECT' ? undefined : OPTIONS[operation];
  return dynamicValue({
    kind,
    resource: resource.gvr,
    ...(subresource ? { subResource: subresource, requestSubResource: subresource } : {}),
    requestKind: kind,
    requestResource: resource.gvr,
    ...(shown ? { name: shown } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: {
      ...(user.name ? { username: user.name } : {}),
      ...(user.uid ? { uid: user.uid } : {}),
      groups: user.groups,
      ...(user.extra ? { extra: user.extra } : {}),
    },
    dryRun,
    options: options ? { kind: options, apiVersion: 'meta.k8s.io/v1' } : null,
  });
}

/** Without what only the server is concerned with. */
export function namespaceValue(namespace: KubeObject | undefined): Value {
  if (!namespace) return null;
  const {
    managedFields: _m,
    ownerReferences: _o,
    selfLink: _s,
    uid,
    ...metadata
  } = namespace.metadata as Record<string, unknown> & { uid?: string };
  const { spec, status } = namespace as { spec?: unknown; status?: unknown };
  return dynamicValue({ metadata: { ...metadata, ...(uid ? { UID: uid } : {}) }, spec, status });
}
