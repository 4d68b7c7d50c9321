/**
 * Objects that are not the same in every cluster: the range of Services, and since when legacy
 * service account tokens are watched for use (KEP-2799; this server has never made one).
 */
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { ServerCore, Target } from '../core.ts';
import { clone } from '../operations/clone.ts';
import { createObject } from '../operations/create.ts';
import { updateObject } from '../operations/update.ts';
import { serverWrites } from './server-caller.ts';

/** Those that exist are left as they are. @param serviceCidrs one range a family: 10.96.0.0/12 */
export async function systemObjects(core: ServerCore, serviceCidrs: readonly string[]): Promise<void> {
  await serviceCidr(core, serviceCidrs);
  const since = rfc3339(core.clock.now()).slice(0, 'YYYY-MM-DD'.length);
  await ensure(core, '', 'configmaps', {
    metadata: { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' },
    data: { since },
  });
}

async function serviceCidr(core: ServerCore, cidrs: readonly string[]): Promise<void> {
  const target = await ensure(core, 'networking.k8s.io', 'servicecidrs', {
    metadata: { name: 'kubernetes' },
    spec: { cidrs },
  });
  if (!target) return;
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: rfc3339(core.clock.now()),
  };
  const withStatus = (old: KubeObject) => ({ ...clone(old), status: { conditions: [ready] } });
  await updateObject(core, target, withStatus, { ...serverWrites, subresource: 'status' });
}

/** What it made; undefined: it was there. */
async function ensure(
  core: ServerCore,
  group: string,
  plural: string,
  object: KubeObject & Readonly<Record<string, unknown>>,
): Promise<Target | undefined> {
  const resource = core.resources.lookup(group, 'v1', plural);
  const { namespace = '', name = '' } = object.metadata;
  if (!resource || core.cache.get(resource.key(namespace, name))) return undefined;
  const target = { resource, namespace, name };
  try {
    await createObject(core, target, clone(object), serverWrites);
    return target;
  } catch (error) {
    if (isStatusError(error, 'AlreadyExists')) return undefined;
    throw error;
  }
}
