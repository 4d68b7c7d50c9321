/**
 * What a Service with a selector makes of its pods: who is behind it, at which address, under
 * which ports, in which state. EndpointSlices and Endpoints are two ways to write this down.
 *
 * Rules: API reference, Service and EndpointSlice. A pod is behind a Service from the moment it
 * has an address until it has stopped for good; one that terminates stays, marked as such, so
 * that a proxy without any other endpoint can still use it.
 */
import type { Pod, Service, ServicePort } from '../../generated/core-v1.ts';
import type { EndpointPort } from '../../generated/discovery-v1.ts';
import { isFinished, isReady, isTerminating } from '../pod-management/pod-state.ts';

export type AddressType = 'IPv4' | 'IPv6';

export interface ServiceEndpoint {
  readonly pod: Pod;
  readonly address: string;
  readonly ports: readonly EndpointPort[];
  /** To be sent new connections. */
  readonly ready: boolean;
  /** Answers, whether it terminates or not. */
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly hostname: string | undefined;
}

export const isHeadless = (service: Service): boolean => service.spec.clusterIP === 'None';

export const publishesNotReady = (service: Service): boolean =>
  service.spec.publishNotReadyAddresses === true;

/** Its endpoints are looked after by these controllers, not by its owner. */
export function hasSelector(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
}

/** Ordered by pod name, so that the same pods give the same lists. */
export function endpointsOf(
  service: Service,
  pods: readonly Pod[],
  type: AddressType,
): readonly ServiceEndpoint[] {
  return [...pods]
    .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
    .flatMap(pod => {
      const address = addressOf(pod, type);
      if (!address || isFinished(pod)) return [];
      const serving = isReady(pod);
      const terminating = isTerminating(pod);
      const ready = publishesNotReady(service) || (serving && !terminating);
      const ports = portsOf(service, pod);
      return [{ pod, address, ports, ready, serving, terminating, hostname: hostnameOf(service, pod) }];
    });
}

/** The first address of the family. */
function addressOf(pod: Pod, type: AddressType): string | undefined {
  const { podIP, podIPs = [] } = pod.status ?? {};
  const all = podIPs.length > 0 ? podIPs.map(entry => entry.ip) : [podIP];
  return all.find(ip => ip !== undefined && ip !== '' && (ip.includes(':') ? 'IPv6' : 'IPv4') === type);
}

/** The ports the pod offers for the Service; a name that no container knows is left out. */
function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(port => {
    const number = targetPortOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
        port: number,
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ];
  });
}

function targetPortOf(port: ServicePort, pod: Pod): number | undefined {
  const { targetPort = port.port } = port;
  if (typeof targetPort === 'number') return targetPort === 0 ? port.port : targetPort;
  const sidecars = (pod.spec.initContainers ?? []).filter(container => container.restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars]
    .flatMap(container => container.ports ?? [])
    .find(found => found.name === targetPort && (found.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
    ?.containerPort;
}

/** A pod has a DNS name of its own when it names itself and the Service as its subdomain. */
function hostnameOf(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec;
  return hostname && subdomain === service.metadata.name ? hostname : undefined;
}
