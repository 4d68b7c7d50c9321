/** Admission of what is sent to a subresource and never stored: evictions, bindings, token requests, streams. */
import type { KubeObject } from '../../api/object.ts';
import type { Caller, ServerCore, Target } from '../core.ts';
import type { AdmissionRequest } from './chain.ts';

export interface SubresourceRequest {
  readonly subresource: string;
  readonly kind: { readonly group?: string; readonly version?: string; readonly kind: string };
  readonly object: object;
  /** Absent: CREATE. */
  readonly operation?: AdmissionRequest['operation'];
  readonly dryRun?: boolean | undefined;
}

/** @throws StatusError where it is refused */
export async function admitToSubresource(
  core: ServerCore,
  { resource, namespace, name }: Target,
  caller: Caller,
  { subresource, kind, object, operation = 'CREATE', dryRun = false }: SubresourceRequest,
): Promise<void> {
  await core.admission.validate({
    operation,
    resource,
    subresource,
    kind: { group: kind.group ?? '', version: kind.version ?? 'v1', kind: kind.kind },
    namespace,
    name,
    object: { metadata: {}, ...object } as KubeObject,
    oldObject: undefined,
    user: caller.user,
    dryRun,
    warn: text => caller.warn(text),
    afterwards: () => {},
  });
}
