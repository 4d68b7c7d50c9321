/**
 * EndpointSlices that say what Endpoints somebody wrote by hand say (API reference: "EndpointSlice
 * mirroring"): one slice for each family and set of ports, with the labels and annotations of the
 * Endpoints. Pure.
 */
import { formatIp, parseIp } from '../../api/validation/ip.ts';
import { LAST_APPLIED_ANNOTATION, SERVICE_NAME_LABEL, SLICE_MANAGED_BY_LABEL } from '../../api/well-known.ts';
import { canonicalJson } from '../../base/canonical-json.ts';
import { deepEqual } from '../../base/deep-equal.ts';
import { controllerReference } from '../../client/owner-reference.ts';
import type { EndpointAddress, Endpoints } from '../../generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../generated/discovery-v1.ts';
import { ENDPOINTS_KIND } from '../owner-kinds.ts';
import type { AddressType } from './service-endpoints.ts';
import { type SlicePlan } from './slice-plan.ts';
import { TRIGGER_TIME } from './trigger-time.ts';

export const MIRRORED_BY = 'endpointslicemirroring-controller.k8s.io';
/** Of one subset; upstream's default. */
export const MAX_ADDRESSES = 1_000;

const NOT_COPIED = new Set([TRIGGER_TIME, LAST_APPLIED_ANNOTATION]);

export interface MirrorPlan extends SlicePlan {
  /** Addresses that are none. */
  readonly invalid: number;
  /** Addresses beyond MAX_ADDRESSES of their subset. */
  readonly skipped: number;
}

interface Group {
  readonly addressType: AddressType;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}

/** They ask not to be mirrored, or are not there to tell addresses. */
export function wantsMirror({ metadata }: Endpoints): boolean {
  return (
    metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' &&
    metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
  );
}

/** @param slices those that mirror these Endpoints now */
export function planMirror(endpoints: Endpoints, slices: readonly EndpointSlice[]): MirrorPlan {
  const { groups, invalid, skipped } = group(endpoints);
  const free = [...slices];
  const found = [...groups].map(([key, wanted]) => {
    const at = free.findIndex(slice => sliceKey(slice) === key);
    return { wanted, existing: at < 0 ? undefined : free.splice(at, 1)[0] };
  });
  const create: EndpointSlice[] = [];
  const update: EndpointSlice[] = [];
  for (const { wanted, existing } of found) {
    // The family of a slice cannot change; its ports can.
    const at = existing ? -1 : free.findIndex(slice => slice.addressType === wanted.addressType);
    const reused = existing ?? (at < 0 ? undefined : free.splice(at, 1)[0]);
    const next = toSlice(endpoints, wanted, reused);
    if (!reused) create.push(next);
    else if (!sameSlice(reused, next)) update.push(next);
  }
  return { create, update, remove: free, invalid, skipped };
}

function group(endpoints: Endpoints) {
  const groups = new Map<string, Group>();
  let invalid = 0;
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of endpoints.subsets ?? []) {
    let taken = 0;
    const slicePorts = ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }));
    const all = [
      ...addresses.map(address => ({ address, ready: true })),
      ...notReadyAddresses.map(address => ({ address, ready: false })),
    ];
    for (const { address, ready } of all) {
      const ip = parseIp(address.ip);
      if (!ip) invalid++;
      else if (taken >= MAX_ADDRESSES) skipped++;
      else {
        taken++;
        const addressType = ip.family;
        const key = groupKey(addressType, slicePorts);
        const found = groups.get(key) ?? { addressType, ports: slicePorts, endpoints: new Map() };
        found.endpoints.set(
          `${address.targetRef?.uid} ${formatIp(ip)}`,
          toEndpoint(address, formatIp(ip), ready),
        );
        groups.set(key, found);
      }
    }
  }
  return { groups, invalid, skipped };
}

function toEndpoint(
  { hostname, nodeName, targetRef }: EndpointAddress,
  ip: string,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}

function toSlice(endpoints: Endpoints, wanted: Group, reused: EndpointSlice | undefined): EndpointSlice {
  const { name = '', namespace, labels, annotations = {} } = endpoints.metadata;
  const copied = Object.entries(annotations).filter(([key]) => !NOT_COPIED.has(key));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...(reused?.metadata ?? { namespace, generateName: `${name}-` }),
      labels: { ...labels, [SERVICE_NAME_LABEL]: name, [SLICE_MANAGED_BY_LABEL]: MIRRORED_BY },
      annotations: Object.fromEntries(copied),
      ownerReferences: [controllerReference(endpoints, ENDPOINTS_KIND)],
    },
    addressType: wanted.addressType,
    endpoints: [...wanted.endpoints.values()],
    ports: [...wanted.ports],
  };
}

function sameSlice(a: EndpointSlice, b: EndpointSlice): boolean {
  return (
    sliceKey(a) === sliceKey(b) &&
    deepEqual(a.endpoints ?? [], b.endpoints) &&
    deepEqual(a.metadata.labels ?? {}, b.metadata.labels) &&
    deepEqual(a.metadata.annotations ?? {}, b.metadata.annotations) &&
    deepEqual(a.metadata.ownerReferences ?? [], b.metadata.ownerReferences)
  );
}

const groupKey = (addressType: string, ports: readonly EndpointPort[]) =>
  `${addressType} ${ports.map(canonicalJson).sort().join()}`;
const sliceKey = (slice: EndpointSlice) => groupKey(slice.addressType, slice.ports ?? []);
