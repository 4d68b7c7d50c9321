/** What the cluster's names are made from: services, endpoint slices and namespaces, by key and by address. */
import { SERVICE_NAME_LABEL } from '../api/well-known.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { ENDPOINT_SLICES, NAMESPACES, SERVICES } from '../client/resources.ts';
import type { Namespace, Service } from '../generated/core-v1.ts';
import type { EndpointSlice } from '../generated/discovery-v1.ts';

export interface ClusterView {
  hasNamespace(name: string): boolean;
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  servicesWithAddress(address: string): readonly Service[];
  slicesWithAddress(address: string): readonly EndpointSlice[];
}

/** The view an informer factory gives; `synced` resolves when it is complete. */
export function informerView(informers: InformerFactory): { view: ClusterView; synced: Promise<unknown> } {
  const services = informers.informer<Service>(SERVICES);
  const slices = informers.informer<EndpointSlice>(ENDPOINT_SLICES);
  const namespaces = informers.informer<Namespace>(NAMESPACES);
  const servicesByAddress = services.index('dnsAddress', clusterAddresses);
  const slicesByService = slices.index('dnsService', slice => {
    const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    return name ? [`${slice.metadata.namespace}/${name}`] : [];
  });
  const slicesByAddress = slices.index('dnsAddress', slice =>
    (slice.endpoints ?? []).flatMap(endpoint => endpoint.addresses),
  );
  return {
    view: {
      hasNamespace: name => namespaces.lister.get({ name }) !== undefined,
      service: (namespace, name) => services.lister.get({ namespace, name }),
      slices: (namespace, service) => slicesByService.get(`${namespace}/${service}`),
      servicesWithAddress: address => servicesByAddress.get(address),
      slicesWithAddress: address => slicesByAddress.get(address),
    },
    synced: Promise.all([services.synced, slices.synced, namespaces.synced]),
  };
}

/** The cluster IPs of a service; none for headless and ExternalName services. */
export function clusterAddresses({ spec }: Service): readonly string[] {
  if (spec.type === 'ExternalName') return [];
  const addresses = spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? ''];
  return addresses.filter(address => address !== '' && address !== 'None');
}
