import { expect, test } from 'vitest';
import { StatusError } from '../../api/status-error.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { Pod, PodStatus } from '../../generated/core-v1.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { StatusWriter } from './status-writer.ts';

const POD: Pod = {
  metadata: { name: 'web', namespace: 'default', uid: 'u', resourceVersion: '1' },
  spec: { containers: [] },
};
const phase = (name: string): PodStatus => ({ phase: name });

/** A writer over a server that has the pod; `failures` are thrown by its next writes, one each. */
function setUp(failures: unknown[] = []) {
  const clock = virtualClock();
  const written: (string | undefined)[] = [];
  const asked: (() => void)[] = [];
  const pods = {
    updateStatus: async (pod: Pod) => {
      for (const tell of asked.splice(0)) tell();
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      written.push(pod.status?.phase);
      return { ...pod, metadata: { ...pod.metadata, resourceVersion: String(written.length + 1) } };
    },
    get: async () => POD,
  } as unknown as ResourceClient<Pod>;
  const writer = new StatusWriter({
    pods,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    current: () => POD,
  });
  const nextWrite = () => new Promise<void>(resolve => asked.push(resolve));
  return { clock, writer, written, nextWrite };
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  'a status is written that is published %i microtasks after the write before it',
  async microtasks => {
    const { writer, written, nextWrite } = setUp();
    const writing = nextWrite();
    writer.publish(POD, phase('Pending'));
    await writing;
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    writer.publish(POD, phase('Running'));
    await writer.flush('u');
    expect(written).toEqual(['Pending', 'Running']);
  },
);

test('of what is published while a write is under way, only the newest is written', async () => {
  const { writer, written } = setUp();
  for (const name of ['Pending', 'Unknown', 'Running']) writer.publish(POD, phase(name));
  await writer.flush('u');
  expect(written).toEqual(['Pending', 'Running']);
});

test('a status that the API has already is not written', async () => {
  const { writer, written } = setUp();
  writer.publish(POD, phase('Running'));
  await writer.flush('u');
  writer.publish(POD, phase('Running'));
  await writer.flush('u');
  expect(written).toEqual(['Running']);
});

test('a write that fails is tried again; one of a pod that is gone is not', async () => {
  const gone = new StatusError({ reason: 'NotFound', message: 'gone' });
  const { clock, writer, written } = setUp([new Error('connection refused'), undefined, gone]);
  writer.publish(POD, phase('Pending'));
  await clock.advance(1_000);
  expect(written).toEqual(['Pending']);
  writer.publish(POD, phase('Running'));
  await clock.advance(60_000);
  expect(written).toEqual(['Pending']);
});

test('a pod that was forgotten is tried no more', async () => {
  const { clock, writer, written } = setUp([new Error('connection refused')]);
  writer.publish(POD, phase('Pending'));
  await clock.settle();
  writer.forget('u');
  await clock.advance(60_000);
  expect(written).toEqual([]);
  expect(clock.pending).toBe(0);
});
