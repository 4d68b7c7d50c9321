/**
 * Service `kubernetes` in `default`, at the first service IP, with Endpoints and EndpointSlice
 * that lead to this server: how pods reach the API.
 */
import type { KubeObject } from '../../api/object.ts';
import { isStatusError } from '../../api/status-error.ts';
import type { ServerCore } from '../core.ts';
import { clone } from '../operations/clone.ts';
import { createObject } from '../operations/create.ts';
import { updateObject } from '../operations/update.ts';
import { serverWrites } from './server-caller.ts';

export interface ServerEndpoint {
  readonly address: string;
  readonly port: number;
  /** The first address of the service range. */
  readonly clusterIp: string;
}

const NAMESPACE = 'default';
const NAME = 'kubernetes';

/** What `kubernetesEndpoints` makes. */
export const KUBERNETES_OBJECTS = [
  { group: '', plural: 'services' },
  { group: '', plural: 'endpoints' },
  { group: 'discovery.k8s.io', plural: 'endpointslices' },
].map(resource => ({ ...resource, namespace: NAMESPACE, name: NAME }));

/** Makes what is missing of the three, and corrects the rest. */
export async function kubernetesEndpoints(
  core: ServerCore,
  endpoint: ServerEndpoint,
  template: KubeObject | undefined,
): Promise<void> {
  const { address, port, clusterIp } = endpoint;
  const service = clone(template ?? { metadata: { name: NAME, namespace: NAMESPACE } }) as ServiceLike;
  service.spec = {
    ...service.spec,
    clusterIP: clusterIp,
    clusterIPs: [clusterIp],
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
  };
  await put(
    core,
    '',
    'services',
    service,
    old =>
      ({
        ...clone(old),
        spec: { ...(old as ServiceLike).spec, ports: service.spec?.['ports'] },
      }) as KubeObject,
  );
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  const endpoints = {
    metadata: { name: NAME, namespace: NAMESPACE, labels },
    subsets: [{ addresses: [{ ip: address }], ports }],
  };
  await put(
    core,
    '',
    'endpoints',
    endpoints,
    old => ({ ...clone(old), subsets: endpoints.subsets }) as KubeObject,
  );
  const slice = {
    metadata: { name: NAME, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  await put(
    core,
    'discovery.k8s.io',
    'endpointslices',
    slice,
    old => ({ ...clone(old), endpoints: slice.endpoints, ports }) as KubeObject,
  );
}

type ServiceLike = KubeObject & { spec?: Record<string, unknown> };

async function put(
  core: ServerCore,
  group: string,
  plural: string,
  object: KubeObject,
  renew: (old: KubeObject) => KubeObject,
): Promise<void> {
  const resource = core.resources.lookup(group, 'v1', plural);
  if (!resource) return;
  const target = { resource, namespace: NAMESPACE, name: NAME };
  if (core.cache.get(resource.key(NAMESPACE, NAME))) {
    await updateObject(core, target, renew, serverWrites);
    return;
  }
  try {
    await createObject(core, target, clone(object), serverWrites);
  } catch (error) {
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
