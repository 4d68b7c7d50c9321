import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { silentLogger } from '../../base/log.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { Lease } from '../../generated/coordination-v1.ts';
import type { Node } from '../../generated/core-v1.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { createFakeRuntime } from '../cri/fake.ts';
import { NodeKeeper } from './node-keeper.ts';

/** A keeper whose API takes what it is sent. `onWrite`: a status is being written. */
function world(onWrite: () => void = () => {}) {
  const clock = virtualClock();
  const stop = new AbortController();
  const echo = <T extends KubeObject>() =>
    ({
      create: async (object: T) => object,
      update: async (object: T) => object,
      get: async () => ({ metadata: {}, spec: {} }),
      updateStatus: async (object: T) => {
        onWrite();
        return object;
      },
    }) as unknown as ResourceClient<T>;
  const keeper = new NodeKeeper({
    nodes: echo<Node>(),
    leases: echo<Lease>(),
    recorder: { event: () => {}, flush: async () => {}, close: async () => {} },
    runtime: createFakeRuntime(clock),
    clock,
    log: silentLogger,
    input: {
      nodeName: 'n',
      hostname: 'n',
      nodeIPs: ['192.0.2.1'],
      podCIDRs: [],
      labels: {},
      machine: {
        cpus: 1,
        memoryBytes: 2 ** 30,
        diskBytes: 2 ** 30,
        hugePages: {},
        info: {
          machineID: '',
          systemUUID: '',
          bootID: '',
          kernelVersion: '',
          osImage: '',
          architecture: 'amd64',
          operatingSystem: 'linux',
        },
      },
      capacity: {},
      allocatable: {},
      kubeletVersion: 'v1.36.2',
      runtimeVersion: 'containerd://1.6',
      kubeletPort: undefined,
    },
  });
  return { clock, stop, keeper, running: keeper.run(stop.signal) };
}

test('told to end while it writes the status, it ends with that write', async () => {
  let stop = () => {};
  const { stop: controller, running, clock } = world(() => stop());
  stop = () => controller.abort();
  await running;
  expect([clock.monotonic(), clock.pending]).toEqual([0, 0]);
});

test('changes leave nothing behind that listens', async () => {
  const { clock, stop, keeper, running } = world();
  await clock.settle();
  const before = getEventListeners(stop.signal, 'abort').length;
  for (let i = 0; i < 10; i++) {
    keeper.changed();
    await clock.settle();
  }
  expect(getEventListeners(stop.signal, 'abort').length).toBe(before);
  stop.abort();
  await running;
});
