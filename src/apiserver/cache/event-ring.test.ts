import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../../store/contract.ts';
import { CachedEvent } from './cache-event.ts';
import { CachedEntry } from './cached-object.ts';
import { EventRing } from './event-ring.ts';
import { encodeForStore } from './stored-value.ts';

const event = (at: number, bytes: number) => {
  const value = encodeForStore({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x'.repeat(bytes) } });
  return new CachedEvent('ADDED', new CachedEntry('/r/x', value, revision(at)), undefined);
};

test('the ring gives every event after its start, whatever was pushed, and stays within its limits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ step: fc.integer({ min: 1, max: 3 }), bytes: fc.nat(400) }), { maxLength: 300 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 500, max: 20_000 }),
      (pushes, maxEvents, maxBytes) => {
        const ring = new EventRing({ maxEvents, maxBytes }, revision(0));
        const all: number[] = [];
        let at = 0;
        for (const { step, bytes } of pushes) {
          at += step;
          all.push(at);
          ring.push(event(at, bytes));
        }
        const kept = ring.after(ring.since);
        expect(kept.length).toBeLessThanOrEqual(maxEvents);
        expect(kept.reduce((sum, e) => sum + 2 * e.current.bytes.length, 0)).toBeLessThanOrEqual(maxBytes);
        for (let from = ring.since; from <= at; from = revision(from + 1)) {
          expect(ring.after(from).map(e => e.revision)).toEqual(all.filter(r => r > from));
        }
      },
    ),
  );
});
