import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pod, Service } from '../../generated/core-v1.ts';
import type { EndpointSlice } from '../../generated/discovery-v1.ts';
import { endpointsOf } from './service-endpoints.ts';
import { planSlices, type SlicePlan } from './slice-plan.ts';

const service: Service = {
  metadata: { namespace: 'default', name: 'web', uid: 'svc', labels: { team: 'a' } },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
};

function pod(number: number, options: { ready?: boolean; port?: number; deleted?: boolean } = {}): Pod {
  const { ready = true, port = 8080, deleted = false } = options;
  return {
    metadata: {
      namespace: 'default',
      name: `web-${number}`,
      uid: `uid-${number}`,
      ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }],
    },
    status: {
      phase: 'Running',
      podIP: `10.244.${number >> 8}.${number & 255}`,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    },
  };
}

function plan(pods: readonly Pod[], slices: readonly EndpointSlice[] = [], maxEndpoints = 100): SlicePlan {
  return planSlices({
    service,
    addressType: 'IPv4',
    endpoints: endpointsOf(service, pods, 'IPv4'),
    slices,
    zoneOf: node => (node === 'n1' ? 'zone-a' : undefined),
    maxEndpoints,
    triggerTime: undefined,
  });
}

let names = 0;

/** What the cluster has after the plan; names as the server would give them. */
function after(slices: readonly EndpointSlice[], { create, update, remove }: SlicePlan): EndpointSlice[] {
  const made = create.map(slice => ({ ...slice, metadata: { ...slice.metadata, name: `web-${names++}` } }));
  const kept = slices
    .filter(slice => !remove.includes(slice))
    .map(slice => update.find(other => other.metadata.name === slice.metadata.name) ?? slice);
  return [...kept, ...made];
}

test('an endpoint says where, how and in which state a pod is reached', () => {
  const [slice] = plan([pod(1)]).create;
  expect(slice).toEqual({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      namespace: 'default',
      generateName: 'web-',
      labels: {
        team: 'a',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      annotations: {},
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name: 'web',
          uid: 'svc',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.244.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'n1',
        zone: 'zone-a',
        targetRef: { kind: 'Pod', namespace: 'default', name: 'web-1', uid: 'uid-1' },
      },
    ],
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
  });
});

test('a Service without pods has one empty slice, which its first endpoints take over', () => {
  const empty = after([], plan([]));
  expect(empty).toHaveLength(1);
  expect(empty[0]).toMatchObject({ endpoints: [], ports: [] });
  const { create, update, remove } = plan([pod(1)], empty);
  expect([create.length, update.length, remove.length]).toEqual([0, 1, 0]);
  expect(update[0]?.metadata.name).toBe(empty[0]?.metadata.name);
});

test('a terminating pod stays, serving but not ready; a finished one does not', () => {
  const [slice] = plan([
    pod(1, { deleted: true }),
    { ...pod(2), status: { phase: 'Succeeded', podIP: '10.0.0.2' } },
  ]).create;
  expect(slice?.endpoints?.map(endpoint => endpoint.conditions)).toEqual([
    { ready: false, serving: true, terminating: true },
  ]);
});

test('pods that name the port differently come into slices of their own', () => {
  const { create } = plan([pod(1), pod(2, { port: 9090 })]);
  expect(create.map(slice => slice.ports?.[0]?.port)).toEqual([8080, 9090]);
});

test('nothing is written when nothing has changed', () => {
  const slices = after([], plan([pod(1), pod(2)]));
  expect(plan([pod(2), pod(1)], slices)).toEqual({ create: [], update: [], remove: [] });
});

test('a change of one pod of many writes one slice', () => {
  const pods = Array.from({ length: 250 }, (_, i) => pod(i));
  const slices = after([], plan(pods));
  expect(slices.map(slice => slice.endpoints?.length)).toEqual([100, 100, 50]);
  const changed = pods.map((one, i) => (i === 130 ? pod(130, { ready: false }) : one));
  const { create, update, remove } = plan(changed, slices);
  expect([create.length, update.length, remove.length]).toEqual([0, 1, 0]);
});

test('whatever comes and goes, every pod is in exactly one slice and none is too full', () => {
  const steps = fc.array(fc.uniqueArray(fc.nat(40), { maxLength: 30 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 7 }), (states, max) => {
      let slices: EndpointSlice[] = [];
      for (const numbers of states) {
        const pods = numbers.map(number => pod(number, { port: 8000 + (number % 2) }));
        slices = after(slices, plan(pods, slices, max));
        const uids = slices.flatMap(slice => slice.endpoints?.map(endpoint => endpoint.targetRef?.uid) ?? []);
        expect(new Set(uids)).toEqual(new Set(numbers.map(number => `uid-${number}`)));
        expect(uids).toHaveLength(numbers.length);
        for (const slice of slices) expect(slice.endpoints?.length).toBeLessThanOrEqual(max);
        expect(slices.length).toBeGreaterThan(0);
        expect(plan(pods, slices, max)).toEqual({ create: [], update: [], remove: [] });
      }
    }),
  );
});
