import { expect, test } from 'vitest';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { ResourceClient } from '../../client/contract.ts';
import type { Pod } from '../../generated/core-v1.ts';
import { virtualClock } from '../../testing/virtual-clock.ts';
import { StatusWriter } from './status-writer.ts';

const pod: Pod = { metadata: { name: 'a', uid: 'u', resourceVersion: '1' }, spec: { containers: [] } };

test('whatever the moment, the last status that was published is written', async () => {
  for (let turns = 0; turns < 20; turns++) {
    const written: (string | undefined)[] = [];
    const pods = {
      updateStatus: async (next: Pod) => {
        written.push(next.status?.phase);
        return next;
      },
    } as Partial<ResourceClient<Pod>> as ResourceClient<Pod>;
    const clock = virtualClock();
    const writer = new StatusWriter({
      pods,
      clock,
      random: seededRandom(1),
      log: silentLogger,
      current: () => undefined,
    });
    writer.publish(pod, { phase: 'Pending' });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    writer.publish(pod, { phase: 'Running' });
    await writer.flush('u');
    expect(written.at(-1)).toBe('Running');
  }
});
