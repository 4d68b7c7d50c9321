import { expect, test } from 'vitest';
import { conflict, notFound } from '../api/status-error.ts';
import { seededRandom } from '../base/random.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

const pods = { group: '', resource: 'pods' };

async function attempts(failures: readonly Error[]): Promise<{ tried: number; outcome: unknown }> {
  const clock = virtualClock();
  let tried = 0;
  const running = retryOnConflict({ clock, random: seededRandom(1) }, async () => {
    const failure = failures[tried++];
    if (failure) throw failure;
    return 'done';
  }).catch((error: unknown) => error);
  await clock.advance(10_000);
  return { tried, outcome: await running };
}

test('a conflict is tried again, up to five times in all', async () => {
  const lost = conflict(pods, 'p', 'changed');
  expect(await attempts([lost, lost])).toEqual({ tried: 3, outcome: 'done' });
  expect(await attempts(Array(9).fill(lost))).toEqual({ tried: 5, outcome: lost });
});

test('any other error ends it at once', async () => {
  const gone = notFound(pods, 'p');
  expect(await attempts([gone])).toEqual({ tried: 1, outcome: gone });
});
