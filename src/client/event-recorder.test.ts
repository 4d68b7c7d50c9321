import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { forbidden } from '../api/status-error.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Event } from '../generated/core-v1.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { createEventRecorder } from './event-recorder.ts';

const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: 'nginx', uid: 'u1', resourceVersion: '7' },
};
const node: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'n1' } };

function gate() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

function setUp(form: 'classic' | 'series' = 'classic') {
  const clock = virtualClock();
  const client = new ScriptedClient();
  const recorder = createEventRecorder({
    client,
    clock,
    random: seededRandom(3),
    log: silentLogger,
    component: 'kubelet',
    host: 'n1',
    form,
  });
  return { clock, client, recorder, created: () => client.created as Event[] };
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  'an event is sent that comes %i microtasks after the one before it was',
  async microtasks => {
    const { recorder, client, created } = setUp();
    const { promise: sent, resolve } = gate();
    const put = client.put.bind(client);
    client.put = object => {
      resolve();
      return put(object);
    };
    recorder.event(pod, 'Normal', 'Pulled', 'first');
    await sent;
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    recorder.event(pod, 'Normal', 'Started', 'second');
    await recorder.flush();
    expect(created().map(event => event.message)).toEqual(['first', 'second']);
  },
);

test('an event carries what kubectl describe shows, under a name that is the object and a hex number', async () => {
  const { recorder, created } = setUp();
  recorder.event(pod, 'Normal', 'Started', 'Container started');
  await recorder.flush();
  expect(created()[0]).toEqual({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: expect.stringMatching(/^nginx\.[0-9a-f]{16}$/), namespace: 'default' },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'nginx',
      namespace: 'default',
      uid: 'u1',
      resourceVersion: '7',
    },
    type: 'Normal',
    reason: 'Started',
    message: 'Container started',
    reportingComponent: 'kubelet',
    reportingInstance: 'n1',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 1,
  });
});

test('events of cluster-scoped objects go to the namespace default', async () => {
  const { recorder, created } = setUp();
  recorder.event(node, 'Normal', 'NodeReady', 'ready');
  await recorder.flush();
  expect(created()[0]?.metadata.namespace).toBe('default');
  expect(created()[0]?.involvedObject.namespace).toBeUndefined();
});

test('a repeated event raises the count of the first one', async () => {
  const { clock, client, recorder, created } = setUp();
  for (let i = 0; i < 3; i++) {
    recorder.event(pod, 'Warning', 'BackOff', 'Back-off');
    await recorder.flush();
    await clock.advance(10_000);
  }
  expect(created()).toHaveLength(1);
  expect(client.patched.map(({ name, patch }) => [name, patch.body])).toEqual([
    [created()[0]?.metadata.name, { count: 2, message: 'Back-off', lastTimestamp: '2026-01-01T00:00:10Z' }],
    [created()[0]?.metadata.name, { count: 3, message: 'Back-off', lastTimestamp: '2026-01-01T00:00:20Z' }],
  ]);
});

test('from the tenth different message on, similar events are combined into one', async () => {
  const { client, recorder, created } = setUp();
  for (let i = 1; i <= 12; i++) recorder.event(pod, 'Warning', 'Unhealthy', `probe ${i}`);
  await recorder.flush();
  expect(created().map(event => event.message)).toEqual([
    ...Array.from({ length: 9 }, (_, i) => `probe ${i + 1}`),
    '(combined from similar events): probe 10',
  ]);
  expect(client.patched.map(({ patch }) => patch.body)).toEqual([
    expect.objectContaining({ count: 2, message: '(combined from similar events): probe 11' }),
    expect.objectContaining({ count: 3, message: '(combined from similar events): probe 12' }),
  ]);
});

test('a message that has an event of its own goes on counting there', async () => {
  const { client, recorder, created } = setUp();
  for (let i = 1; i <= 11; i++) recorder.event(pod, 'Warning', 'Unhealthy', `probe ${i}`);
  recorder.event(pod, 'Warning', 'Unhealthy', 'probe 1');
  await recorder.flush();
  expect(created()).toHaveLength(10);
  expect(client.patched.at(-1)).toMatchObject({
    name: created()[0]?.metadata.name,
    patch: { body: { count: 2, message: 'probe 1' } },
  });
});

test('beyond 25 events at once about one object the rest is dropped, others are not affected', async () => {
  const { clock, client, recorder, created } = setUp();
  for (let i = 0; i < 40; i++) recorder.event(pod, 'Warning', 'BackOff', 'again');
  recorder.event(node, 'Normal', 'NodeReady', 'ready');
  await recorder.flush();
  expect(created()).toHaveLength(2);
  expect(client.patched).toHaveLength(24);
  await clock.advance(300_000);
  recorder.event(pod, 'Warning', 'BackOff', 'again');
  recorder.event(pod, 'Warning', 'BackOff', 'again');
  await recorder.flush();
  expect(client.patched).toHaveLength(25);
});

test('an event whose first one has expired begins anew, with the count it had', async () => {
  const { client, recorder, created } = setUp();
  recorder.event(pod, 'Normal', 'Pulled', 'x');
  await recorder.flush();
  client.objects.clear();
  recorder.event(pod, 'Normal', 'Pulled', 'x');
  recorder.event(pod, 'Normal', 'Pulled', 'x');
  await recorder.flush();
  expect(created().map(event => event.count)).toEqual([1, 2]);
  expect(client.patched.map(({ name }) => name)).toEqual([created()[1]?.metadata.name]);
});

test('what the server refuses is dropped; what it cannot take is tried again', async () => {
  const { clock, client, recorder, created } = setUp();
  client.failures.push(forbidden({ group: '', resource: 'events' }, '', 'the namespace ends'));
  recorder.event(pod, 'Normal', 'Killing', 'x');
  await recorder.flush();
  expect(created()).toHaveLength(0);
  client.failures.push(new Error('connection refused'), new Error('connection refused'));
  recorder.event(pod, 'Normal', 'Killing', 'x');
  await clock.advance(25_000);
  await recorder.flush();
  expect(created()).toHaveLength(1);
});

test('closing does not wait for a server that is away', async () => {
  const { clock, client, recorder } = setUp();
  client.failures.push(...Array(9).fill(new Error('connection refused')));
  recorder.event(pod, 'Normal', 'Killing', 'x');
  recorder.event(pod, 'Normal', 'Killed', 'x');
  await clock.settle();
  await recorder.close();
  expect(clock.pending).toBe(0);
});

test('the newer form counts in a series, whatever the message', async () => {
  const { client, recorder, created } = setUp('series');
  recorder.event(pod, 'Warning', 'FailedScheduling', '0/1 nodes', { action: 'Scheduling' });
  recorder.event(pod, 'Warning', 'FailedScheduling', '0/2 nodes', { action: 'Scheduling' });
  await recorder.flush();
  expect(created()).toHaveLength(1);
  expect(created()[0]).toMatchObject({
    eventTime: '2026-01-01T00:00:00.000000Z',
    action: 'Scheduling',
    reportingComponent: 'kubelet',
    reportingInstance: 'kubelet-n1',
  });
  expect(created()[0]).not.toHaveProperty('count');
  expect(client.patched[0]?.patch.body).toEqual({
    series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' },
  });
});
