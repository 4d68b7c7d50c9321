/**
 * Distributes the endpoints of a Service over EndpointSlices: at most so many in one, those with
 * other ports in others. Pure.
 *
 * An endpoint stays in its slice as long as it lives, so that one change of a pod writes one
 * slice; slices with room are filled before new ones are made; one that would go while another
 * is made becomes the other. A Service without endpoints keeps one empty slice, which tells
 * proxies that there is nothing rather than nothing known.
 */
import { SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL } from '../../api/well-known.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { controllerReference, isControlledBy } from '../../client/owner-reference.ts';
import type { Service } from '../../generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/discovery-v1.ts';
import { SERVICE_KIND } from '../owner-kinds.ts';
import { type AddressType, isHeadless, type ServiceEndpoint } from './service-endpoints.ts';
import { TRIGGER_TIME } from './trigger-time.ts';

export const MANAGED_BY = 'endpointslice-controller.k8s.io';
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const RESERVED_LABELS = new Set([SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL, HEADLESS_LABEL]);

export interface SliceSnapshot {
  readonly service: Service;
  readonly addressType: AddressType;
  readonly endpoints: readonly ServiceEndpoint[];
  /** Slices of this Service, family and controller. */
  readonly slices: readonly EndpointSlice[];
  readonly zoneOf: (nodeName: string) => string | undefined;
  readonly maxEndpoints: number;
  readonly triggerTime: string | undefined;
}

export interface SlicePlan {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** A slice as it will be; `original` absent: it is made. */
interface Target {
  readonly original: EndpointSlice | undefined;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoint[];
}

/** Which slices are written, so that as few as possible change. */
export function planSlices(snapshot: SliceSnapshot): SlicePlan {
  const { service, endpoints, slices, maxEndpoints } = snapshot;
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: ServiceEndpoint[] }>();
  for (const endpoint of endpoints) {
    const key = portsKey(endpoint.ports);
    const group = groups.get(key) ?? { ports: endpoint.ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  const usable = slices.filter(slice => slice.metadata.deletionTimestamp === undefined);
  const targets: Target[] = [];
  for (const [key, group] of groups) {
    const same = usable.filter(slice => portsKey(slice.ports ?? []) === key);
    const wanted = group.endpoints.map(endpoint => toEndpoint(endpoint, snapshot.zoneOf));
    targets.push(...distribute(group.ports, wanted, same, maxEndpoints));
  }
  if (targets.length === 0) {
    const placeholder = usable.find(slice => (slice.ports ?? []).length === 0);
    targets.push({ original: placeholder, ports: [], endpoints: [] });
  }

  const kept = new Set(targets.map(target => target.original));
  const free = usable.filter(slice => !kept.has(slice));
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  for (const target of targets) {
    const reused = target.original ?? free.find(slice => isControlledBy(slice, service));
    if (reused && !target.original) free.splice(free.indexOf(reused), 1);
    const next = toSlice(snapshot, target, reused);
    if (!reused) create.push(next);
    else if (!sameSlice(reused, next)) update.push(next);
  }
  return { create, update, remove: free };
}

/** Existing slices keep what is still wanted; what is new fills them up, then new slices. */
function distribute(
  ports: readonly EndpointPort[],
  wanted: readonly Endpoint[],
  slices: readonly EndpointSlice[],
  max: number,
): readonly Target[] {
  const left = new Map(wanted.map(endpoint => [identity(endpoint), endpoint]));
  const targets: Target[] = slices.map(original => ({ original, ports, endpoints: [] }));
  const touched = new Set<Target>();
  for (const target of targets) {
    for (const old of target.original?.endpoints ?? []) {
      const next = left.get(identity(old));
      if (next && target.endpoints.length < max) {
        target.endpoints.push(next);
        left.delete(identity(old));
      }
      if (!next || !deepEqual(old, next)) touched.add(target);
    }
  }
  // Slices that are written anyway first, then the fullest: few writes, few slices.
  const byPreference = [...targets].sort(
    (a, b) => Number(touched.has(b)) - Number(touched.has(a)) || b.endpoints.length - a.endpoints.length,
  );
  const rest = [...left.values()];
  for (const target of byPreference) target.endpoints.push(...rest.splice(0, max - target.endpoints.length));
  while (rest.length > 0) targets.push({ original: undefined, ports, endpoints: rest.splice(0, max) });
  return targets.filter(target => target.endpoints.length > 0);
}

function toSlice(snapshot: SliceSnapshot, target: Target, reused: EndpointSlice | undefined): EndpointSlice {
  const { service, addressType, triggerTime } = snapshot;
  const { [TRIGGER_TIME]: _trigger, ...annotations } = reused?.metadata.annotations ?? {};
  const name = service.metadata.name ?? '';
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...(reused?.metadata ?? {
        namespace: service.metadata.namespace,
        generateName: `${name}-`,
        ownerReferences: [controllerReference(service, SERVICE_KIND)],
      }),
      labels: {
        ...unreserved(service.metadata.labels),
        [SERVICE_NAME_LABEL]: name,
        [SLICE_MANAGED_BY_LABEL]: MANAGED_BY,
        ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
      },
      annotations: { ...annotations, ...(triggerTime ? { [TRIGGER_TIME]: triggerTime } : {}) },
    },
    addressType,
    endpoints: target.endpoints,
    ports: [...target.ports],
  };
}

function toEndpoint(endpoint: ServiceEndpoint, zoneOf: SliceSnapshot['zoneOf']): Endpoint {
  const { pod, address, ready, serving, terminating, hostname } = endpoint;
  const { namespace, name, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  const zone = nodeName ? zoneOf(nodeName) : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/** The trigger time alone is no reason to write. */
function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  return (
    deepEqual(a.endpoints ?? [], b.endpoints) &&
    portsKey(a.ports ?? []) === portsKey(b.ports ?? []) &&
    deepEqual(a.metadata.labels, b.metadata.labels)
  );
}

const identity = (endpoint: Endpoint) => `${endpoint.targetRef?.uid} ${endpoint.addresses.join(' ')}`;

const portsKey = (ports: readonly EndpointPort[]) => ports.map(canonicalJson).sort().join();

function unreserved(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([key]) => !RESERVED_LABELS.has(key)));
}
