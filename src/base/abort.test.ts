import { expect, test } from 'vitest';
import { aborted } from './abort.ts';

test('an abort is heard, whether it comes before or after', async () => {
  const controller = new AbortController();
  let heard = false;
  const after = aborted(controller.signal).then(() => {
    heard = true;
  });
  await Promise.resolve();
  expect(heard).toBe(false);
  controller.abort();
  await after;
  await aborted(controller.signal);
});
