/**
 * Attacks a server until the time is over. A failing request is shrunk, kept, and what is wrong with it
 * is passed over from then on, so that one run finds all there is.
 */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { attack } from './judge.ts';
import { type Mutation, mutate, mutations } from './mutate.ts';
import { type KeptRequest, keep } from './request.ts';
import { World } from './world.ts';

/** A file that always has the request being worked on: one that never ends is found there. */
const TRACE = process.env['FUZZ_TRACE'];
/** A world wears out: namespaces are deleted, objects pile up. */
const REQUESTS_A_WORLD = 1500;

export interface Finding {
  readonly request: KeptRequest;
  readonly wrong: readonly string[];
}

export interface FuzzResult {
  readonly requests: number;
  readonly findings: readonly Finding[];
  /** How often each status was answered. */
  readonly statuses: Readonly<Record<string, number>>;
}

export async function fuzz({
  seed,
  seconds,
}: {
  readonly seed: number;
  readonly seconds: number;
}): Promise<FuzzResult> {
  const end = performance.now() + seconds * 1000;
  const findings: Finding[] = [];
  const known = new Set<string>();
  const statuses: Record<string, number> = {};
  let requests = 0;
  let last: readonly string[] = [];
  let world = await World.start();
  const bases = world.bases();
  try {
    for (let round = 0; performance.now() < end; round++) {
      const send = async (mutation: Mutation): Promise<readonly string[]> => {
        if (++requests % REQUESTS_A_WORLD === 0) {
          await world[Symbol.asyncDispose]();
          world = await World.start();
        }
        const request = mutate(mutation, bases);
        if (TRACE) writeFileSync(TRACE, JSON.stringify(keep(request)));
        const wrong = await attack(world, request, status => {
          statuses[status] = (statuses[status] ?? 0) + 1;
        });
        const news = wrong.filter(text => !known.has(signature(text)));
        if (news.length > 0) last = news;
        return news;
      };
      const outcome = await fc.check(
        fc.asyncProperty(mutations, async mutation => (await send(mutation)).length === 0),
        {
          seed: seed + round,
          numRuns: 100_000_000,
          interruptAfterTimeLimit: Math.max(1, end - performance.now()),
          markInterruptAsFailure: false,
        },
      );
      const [mutation] = outcome.counterexample ?? [];
      if (!outcome.failed || !mutation) break;
      findings.push({ request: keep(mutate(mutation, bases)), wrong: last });
      for (const text of last) known.add(signature(text));
    }
  } finally {
    await world[Symbol.asyncDispose]();
  }
  return { requests, findings, statuses };
}

/** The same mistake has the same: its text without names and numbers, and where it was made. */
function signature(text: string): string {
  const [first = ''] = text.split('\n');
  const frame = /\((?:.*)\/(src\/[^)]*)\)/.exec(text)?.[1] ?? '';
  return `${first
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\d+/g, '0')
    .slice(0, 120)} ${frame}`;
}
