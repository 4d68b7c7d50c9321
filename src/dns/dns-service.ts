/**
 * The Service and the endpoint slices that lead from the address in every pod's resolv.conf to
 * the DNS servers. The Service has no selector, so no controller touches the slices: whoever runs
 * a server (src/cluster) writes that server's slice.
 */
import { SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL } from '../api/well-known.ts';
import type { Service } from '../generated/core-v1.ts';
import type { EndpointSlice } from '../generated/discovery-v1.ts';
import type { ListenAddress } from './server.ts';

const NAMESPACE = 'kube-system';
const NAME = 'kube-dns';
const PORTS = [
  { name: 'dns', protocol: 'UDP' },
  { name: 'dns-tcp', protocol: 'TCP' },
] as const;

/** With the names and labels of other clusters, which tools look for. */
export function dnsService(clusterIP: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: NAMESPACE,
      name: NAME,
      labels: {
        'k8s-app': 'kube-dns',
        'kubernetes.io/cluster-service': 'true',
        'kubernetes.io/name': 'CoreDNS',
      },
    },
    spec: {
      clusterIP,
      type: 'ClusterIP',
      ports: PORTS.map(port => ({ ...port, port: 53, targetPort: 53 })),
    },
  };
}

/** The slice of the server on `nodeName`, which has one port for both transports. */
export function dnsEndpointSlice(nodeName: string, at: ListenAddress): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: NAMESPACE,
      name: `${NAME}-${nodeName}`,
      labels: {
        [SERVICE_NAME_LABEL]: NAME,
        [SLICE_MANAGED_BY_LABEL]: 'peapod.dev',
      },
    },
    addressType: at.address.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [
      { addresses: [at.address], nodeName, conditions: { ready: true, serving: true, terminating: false } },
    ],
    ports: PORTS.map(port => ({ ...port, port: at.port })),
  };
}
