/**
 * ComponentStatuses: stored nowhere, but made of what each part of the cluster says of itself when
 * somebody asks. They have no uid and no resourceVersion.
 */
import type { KubeObject } from '../../api/object.ts';
import type { ComponentCondition, ComponentStatus } from '../../generated/core-v1.ts';
import type { Revision } from '../../store/contract.ts';
import type { CachedObject } from '../cache/contract.ts';
import { deepFreeze } from '../cache/deep-freeze.ts';
import { metadataEnd } from '../cache/metadata-end.ts';
import type { ServerCore } from '../core.ts';
import type { HealthCheck } from '../nonresource/health.ts';
import type { Resource } from '../registry/resource.ts';

/** Undefined: of objects that are stored. */
export function computedObjects(core: ServerCore, resource: Resource): readonly CachedObject[] | undefined {
  if (!resource.definition.computed) return undefined;
  return core.components().map(check => entry(resource, statusOf(check, resource.apiVersion)));
}

function statusOf({ name, problem }: HealthCheck, apiVersion: string): ComponentStatus {
  const why = problem();
  const healthy: ComponentCondition = {
    type: 'Healthy',
    status: why === undefined ? 'True' : 'False',
    message: why ?? 'ok',
  };
  return { kind: 'ComponentStatus', apiVersion, metadata: { name }, conditions: [healthy] };
}

function entry(resource: Resource, object: KubeObject): CachedObject {
  const bytes = Buffer.from(JSON.stringify(object));
  const itemStart = bytes.indexOf('"metadata":');
  return {
    key: resource.key('', object.metadata.name ?? ''),
    revision: 0 as Revision,
    object: deepFreeze(object),
    forgetObject: () => {},
    bytes,
    itemStart,
    metadataEnd: metadataEnd(bytes, itemStart),
  };
}
