import { expect, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Client } from '../client/contract.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import type { Node, Pod } from '../generated/core-v1.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { Scheduler } from './scheduler.ts';

/** A scheduler over one node and a server that only notes what is bound. */
async function startScheduler() {
  const clock = virtualClock();
  const random = seededRandom(1);
  const byResource = new Map<string, ScriptedClient>();
  const scripted = (resource: string) => {
    const found = byResource.get(resource) ?? new ScriptedClient();
    byResource.set(resource, found);
    return found;
  };
  const bound: string[] = [];
  const client: Client = {
    resource: ({ resource }) => ({
      ...scripted(resource).resource(),
      createSubresource: async ({ name }, _, object) => {
        bound.push(name);
        return object;
      },
    }),
  };
  const addNode = (name: string, cpu: string) => {
    const node: Node = {
      metadata: { name },
      spec: {},
      status: { allocatable: { cpu, memory: '1Gi', pods: '110' } },
    };
    scripted('nodes').put(node);
  };
  addNode('small', '1');
  const shared = { client, clock, random, log: silentLogger };
  const informers = new InformerFactory(shared);
  const recorder = createEventRecorder({ ...shared, component: 'default-scheduler', form: 'series' });
  const scheduler = new Scheduler({ ...shared, informers, recorder });
  const end = new AbortController();
  const running = Promise.all([informers.run(end.signal), scheduler.run(end.signal)]);
  await clock.settle();
  return {
    clock,
    bound,
    addNode,
    addPod(name: string, cpu: string) {
      const pod: Pod = {
        metadata: { namespace: 'default', name, uid: name },
        spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] },
      };
      scripted('pods').put(pod);
    },
    async stop() {
      end.abort();
      await clock.settle();
      await running;
    },
  };
}

test('a pod is tried that becomes worth it in the very moment the queue has been found empty', async () => {
  for (let microtasks = 0; microtasks < 10; microtasks++) {
    const { clock, bound, addNode, addPod, stop } = await startScheduler();
    addPod('big', '2');
    // Longer than any backoff: the next change makes it active at once.
    await clock.advance(20_000);
    addPod('first', '1');
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    addNode('large', '2');
    await clock.settle();
    expect(bound.toSorted(), `${microtasks} microtasks`).toEqual(['big', 'first']);
    await stop();
  }
});
