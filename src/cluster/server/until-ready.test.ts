import { expect, test } from 'vitest';
import { seededRandom } from '../../base/random.ts';
import { NODES } from '../../client/resources.ts';
import type { Node } from '../../generated/core-v1.ts';
import { startInProcessCluster } from '../../testing/in-process-cluster.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import type { ComponentHealth } from './component.ts';
import { untilReady } from './until-ready.ts';

async function starting() {
  const clock = virtualClock();
  const cluster = await startInProcessCluster({ clock, random: seededRandom(1) });
  const client = cluster.client();
  const stop = new AbortController();
  let health: ComponentHealth = { healthy: false, message: 'no rules yet' };
  const components = [{ name: 'kube-proxy', run: async () => {}, health: () => health }];
  let fail: (error: Error) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const ready = untilReady({
    client,
    nodeName: 'n',
    components,
    clock,
    signal: stop.signal,
    failure,
  });
  ready.catch(() => {});
  return {
    ready,
    fail,
    clock,
    stop,
    close: () => cluster.close(),
    becomeHealthy: () => {
      health = { healthy: true, message: '' };
    },
    async makeNodeReady() {
      const made = await client.resource<Node>(NODES).create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n' },
        spec: {},
      });
      const status = { conditions: [{ type: 'Ready', status: 'True' }] };
      await client.resource<Node>(NODES).updateStatus({ ...made, status });
    },
  };
}

test('up means that the node is Ready and every component healthy', async () => {
  const start = await starting();
  await start.makeNodeReady();
  start.becomeHealthy();
  await start.clock.advance(1_000);
  await start.ready;
  await start.close();
});

test('a start that takes too long ends with what is not well', async () => {
  const start = await starting();
  await start.makeNodeReady();
  await start.clock.advance(121_000);
  await expect(start.ready).rejects.toThrow('not Ready after 120 s: kube-proxy: no rules yet');
  await start.close();
});

test('a component that fails ends the start, with its own error', async () => {
  const start = await starting();
  start.fail(new Error('kubelet failed: no cgroups'));
  await expect(start.ready).rejects.toThrow('kubelet failed: no cgroups');
  expect(start.clock.pending).toBe(0);
  await start.close();
});

test('a start that was given up before it began to wait ends at once', async () => {
  const signal = AbortSignal.abort();
  const cluster = await startInProcessCluster({ clock: virtualClock(), random: seededRandom(1) });
  const ready = untilReady({
    client: cluster.client(),
    nodeName: 'n',
    components: [],
    clock: virtualClock(),
    signal,
    failure: new Promise(() => {}),
  });
  await expect(ready).rejects.toThrow('told to end');
  await cluster.close();
});

test('a start that is given up does not count as ready', async () => {
  const start = await starting();
  start.stop.abort();
  await expect(start.ready).rejects.toThrow('told to end');
  await start.close();
});
