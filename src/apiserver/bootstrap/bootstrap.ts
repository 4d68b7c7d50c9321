/**
 * The objects a new cluster has, and every start makes sure of: the system namespaces, priority
 * classes, RBAC policy, and the Service that leads to this server.
 *
 * What exists is left as it is: it may be the operator's on purpose. Objects come from
 * facts/bootstrap.json, which was asked from upstream.
 */
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { ServerCore } from '../core.ts';
import { GROUP } from '../flowcontrol/bootstrap-objects.ts';
import { PRODUCER } from '../flowcontrol/config-consumer.ts';
import { clone } from '../operations/clone.ts';
import { createObject } from '../operations/create.ts';
import { kubernetesEndpoints, type ServerEndpoint } from './kubernetes-service.ts';
import { serverWrites } from './server-caller.ts';
import { systemObjects } from './system-objects.ts';

/** In this order: what is namespaced needs its namespace, a flow schema its level. */
const FROM_FACTS = [
  '/api/v1/namespaces',
  '/apis/scheduling.k8s.io/v1/priorityclasses',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
  '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
  '/apis/apiregistration.k8s.io/v1/apiservices',
];

export interface BootstrapOptions {
  /** Where clients inside the cluster reach the server. */
  readonly endpoint: ServerEndpoint;
  /** Where Services have their addresses, one range a family. */
  readonly serviceCidrs: readonly string[];
  /** Only the namespaces: tests of one component start faster. */
  readonly namespacesOnly?: boolean;
}

export async function bootstrap(core: ServerCore, options: BootstrapOptions): Promise<void> {
  const facts = readFacts();
  const [namespaces, ...others] = FROM_FACTS;
  await ensureAll(core, namespaces as string, facts);
  if (options.namespacesOnly) return;
  for (const path of others) await ensureAll(core, path, facts);
  await systemObjects(core, options.serviceCidrs);
  await kubernetesEndpoints(core, options.endpoint, facts['/api/v1/services']?.[0]);
}

/** Service `kubernetes` as upstream has it, but for addresses and ports. */
export const kubernetesServiceTemplate = (): KubeObject | undefined => readFacts()['/api/v1/services']?.[0];

const readFacts = (): Record<string, KubeObject[]> =>
  JSON.parse(readFileSync(new URL('../../api/facts/bootstrap.json', import.meta.url), 'utf8'));

async function ensureAll(core: ServerCore, path: string, facts: Record<string, KubeObject[]>): Promise<void> {
  // Side by side: they share the store's commits.
  await Promise.all((facts[path] ?? []).map(object => ensure(core, path, clone(object))));
}

async function ensure(core: ServerCore, path: string, object: KubeObject): Promise<void> {
  const [prefix, ...rest] = path.slice(1).split('/');
  const [group, version, plural] = prefix === 'api' ? ['', ...rest] : rest;
  const resource = core.resources.lookup(group ?? '', version ?? '', plural ?? '');
  if (!resource) return;
  const { namespace = '', name = '' } = object.metadata;
  if (core.cache.get(resource.key(namespace, name))) return;
  try {
    const writes = group === GROUP ? { ...serverWrites, manager: PRODUCER } : serverWrites;
    await createObject(core, { resource, namespace, name: '' }, object, writes);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
