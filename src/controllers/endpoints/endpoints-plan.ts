/**
 * Endpoints v1 of a Service: the older form, deprecated since v1.33 and still written for clients
 * that read it. Addresses with the same ports share a subset; beyond 1,000 addresses it is
 * truncated and says so (use EndpointSlices then). Pure.
 */
import { canonicalJson } from '../../base/canonical-json.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Service,
} from '../../generated/core-v1.ts';
import { isHeadless, publishesNotReady, type ServiceEndpoint } from './service-endpoints.ts';
import { HEADLESS_LABEL } from './slice-plan.ts';
import { TRIGGER_TIME } from './trigger-time.ts';

const MANAGED_BY_LABEL = 'endpoints.kubernetes.io/managed-by';
const MANAGED_BY = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MAX_ADDRESSES = 1_000;

export interface EndpointsSnapshot {
  readonly service: Service;
  readonly endpoints: readonly ServiceEndpoint[];
  readonly existing: Endpoints | undefined;
  readonly triggerTime: string | undefined;
}

/** Endpoints somebody made by hand for a Service without selector outlive the Service. */
export const isManaged = ({ metadata }: Endpoints): boolean =>
  metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY;

/** The Endpoints to write; undefined when those that are there say the same. */
export function planEndpoints(snapshot: EndpointsSnapshot): Endpoints | undefined {
  const { service, existing, triggerTime } = snapshot;
  const endpoints = snapshot.endpoints.filter(
    endpoint => !endpoint.terminating || publishesNotReady(service),
  );
  const kept = endpoints.length > MAX_ADDRESSES ? preferReady(endpoints) : endpoints;
  const subsets = packed(kept);
  const {
    [TRIGGER_TIME]: _trigger,
    [OVER_CAPACITY]: capacity,
    ...annotations
  } = existing?.metadata.annotations ?? {};
  const truncated = kept.length < endpoints.length;
  const { [HEADLESS_LABEL]: _headless, ...serviceLabels } = service.metadata.labels ?? {};
  const labels = {
    ...serviceLabels,
    [MANAGED_BY_LABEL]: MANAGED_BY,
    ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
  };
  const same =
    existing &&
    deepEqual(existing.subsets ?? [], subsets) &&
    deepEqual(existing.metadata.labels, labels) &&
    (capacity !== undefined) === truncated;
  if (same) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...(existing?.metadata ?? { namespace: service.metadata.namespace, name: service.metadata.name }),
      labels,
      annotations: {
        ...annotations,
        ...(triggerTime ? { [TRIGGER_TIME]: triggerTime } : {}),
        ...(truncated ? { [OVER_CAPACITY]: 'truncated' } : {}),
      },
    },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}

function preferReady(endpoints: readonly ServiceEndpoint[]): readonly ServiceEndpoint[] {
  return [...endpoints].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, MAX_ADDRESSES);
}

function packed(endpoints: readonly ServiceEndpoint[]): EndpointSubset[] {
  const subsets = new Map<
    string,
    { ports: EndpointPort[]; ready: EndpointAddress[]; not: EndpointAddress[] }
  >();
  for (const endpoint of endpoints) {
    const ports = endpoint.ports.map(toPort).sort(byText);
    const key = canonicalJson(ports);
    const subset = subsets.get(key) ?? { ports, ready: [], not: [] };
    (endpoint.ready ? subset.ready : subset.not).push(toAddress(endpoint));
    subsets.set(key, subset);
  }
  return [...subsets.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { ports, ready, not }]) => ({
      ...(ready.length > 0 ? { addresses: ready.sort(byAddress) } : {}),
      ...(not.length > 0 ? { notReadyAddresses: not.sort(byAddress) } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
}

function toPort({ name, port, protocol, appProtocol }: ServiceEndpoint['ports'][number]): EndpointPort {
  return {
    ...(name ? { name } : {}),
    port: port ?? 0,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  };
}

function toAddress({ pod, address, hostname }: ServiceEndpoint): EndpointAddress {
  const { namespace, name, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  return {
    ip: address,
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

const byText = (a: EndpointPort, b: EndpointPort) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1);

/** Addresses in numeric order, as people expect them. */
function byAddress(a: EndpointAddress, b: EndpointAddress): number {
  const left = a.ip.split('.');
  const right = b.ip.split('.');
  for (let i = 0; i < 4; i++) {
    const difference = Number(left[i]) - Number(right[i]);
    if (difference) return difference;
  }
  return a.ip < b.ip ? -1 : Number(a.ip > b.ip);
}
