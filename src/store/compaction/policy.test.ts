import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revision } from '../contract.ts';
import { type LogSample, planCompaction } from './policy.ts';

const policy = { keepMs: 100, keepBytes: 1000 };
const sample = (at: number, atMs: number, bytes: number): LogSample => ({
  revision: revision(at),
  atMs,
  bytes,
});

test('nothing is compacted while history is young and small', () => {
  const samples = [sample(1, 0, 10), sample(2, 50, 20)];
  expect(planCompaction(samples, { atMs: 99, bytes: 30 }, policy)).toEqual({ kept: samples, nextAtMs: 100 });
});

test('what is too old goes, up to the newest sample that is', () => {
  const samples = [sample(1, 0, 10), sample(2, 50, 20), sample(3, 80, 30)];
  const plan = planCompaction(samples, { atMs: 160, bytes: 40 }, policy);
  expect(plan).toEqual({ compactTo: 2, kept: [samples[2]], nextAtMs: 180 });
});

test('a storm of writes is cut to size before it is old', () => {
  const samples = [sample(1, 0, 0), sample(2, 1, 600), sample(3, 2, 1200), sample(4, 3, 1800)];
  const plan = planCompaction(samples, { atMs: 4, bytes: 2100 }, policy);
  expect(plan.compactTo).toBe(3);
});

test('whatever the samples, what is kept is young, and small but for one sample', () => {
  const step = fc.record({ ms: fc.nat(60), bytes: fc.nat(700) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), fc.nat(200), fc.nat(700), (steps, laterMs, laterBytes) => {
      let atMs = 0;
      let bytes = 0;
      const samples = steps.map((s, i) => {
        atMs += s.ms;
        bytes += s.bytes;
        return sample(i + 1, atMs, bytes);
      });
      const now = { atMs: atMs + laterMs, bytes: bytes + laterBytes };
      const plan = planCompaction(samples, now, policy);
      expect(plan.kept.every(s => now.atMs - s.atMs < policy.keepMs)).toBe(true);
      const from = samples.find(s => s.revision === plan.compactTo)?.bytes ?? samples[0]?.bytes ?? 0;
      expect(now.bytes - from <= policy.keepBytes || plan.kept.length === 0).toBe(true);
      expect(plan.kept.every(s => s.revision > (plan.compactTo ?? 0))).toBe(true);
    }),
  );
});
