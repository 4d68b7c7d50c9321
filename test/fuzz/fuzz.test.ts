/**
 * Mutated requests at every endpoint of the API server: never a 500, never a hang, never a changed
 * object on error, and every error a well-formed Status. What failed once is kept in
 * regressions.json and sent again.
 *
 *   FUZZ_SECONDS=600 FUZZ_SEED=7 npx vitest run --project unit test/fuzz
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack } from './judge.ts';
import { type KeptRequest, restore } from './request.ts';
import { fuzz } from './run.ts';
import { World } from './world.ts';

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 8);
const SEED = Number(process.env['FUZZ_SEED'] ?? 4);
const regressions = JSON.parse(
  readFileSync(new URL('regressions.json', import.meta.url), 'utf8'),
) as readonly (KeptRequest & { readonly was: string })[];

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

test('what failed once does not fail again', async () => {
  await using world = await World.start();
  for (const { was, ...request } of regressions) {
    expect(await attack(world, restore(request)), was).toEqual([]);
  }
}, 60_000);

test(
  'mutated requests get an answer that is in order',
  async () => {
    const { requests, findings, statuses } = await fuzz({ seed: SEED, seconds: SECONDS });
    const summary = Object.entries(statuses).map(([status, n]) => `${status}: ${n}`);
    console.log(`fuzz: seed ${SEED}, ${SECONDS} s, ${requests} requests (${summary.join(', ')})`);
    for (const finding of findings) console.log(JSON.stringify(finding, null, 1));
    expect(findings).toEqual([]);
    expect(requests).toBeGreaterThan(50);
    expect(rejections).toEqual([]);
  },
  (SECONDS + 60) * 1000,
);
