/** Choices made by a generator: an edit is played again from its seed. */
import { type Random, seededRandom } from '../../src/base/random.ts';
import { RawJson } from './json-text.ts';

export class Choices {
  private readonly random: Random;
  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.random.next() * limit);
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  of<T>(values: readonly T[]): T {
    if (values.length === 0) throw new Error('Cannot choose: there is nothing to choose from');
    return values[this.below(values.length)] as T;
  }
}

function nested(depth: number, open: string, close: string): RawJson {
  return new RawJson(open.repeat(depth) + close.repeat(depth));
}

export const ODD_STRINGS: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '%',
  '%2F',
  '*',
  '-',
  'a',
  'A_b',
  'a'.repeat(64),
  'a'.repeat(254),
  'é'.repeat(3000),
  '\u0000',
  'a\nb',
  '"',
  '\\',
  '\ud800',
  '\u{1F4A5}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'constructor/v1',
  '__proto__/x',
  'null',
  'true',
  '0',
  '-1',
  '1',
  '50%',
  '-50%',
  '99999999999999999999%',
  '1Gi',
  '1e999999999',
  '1e-999999999',
  '0.0000000000000000000001',
  '123456789012345678901234567890',
  '-1m',
  '2026-01-01T00:00:00Z',
  '2026-01-01T00:00:00.000000Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-02-30T25:61:61+99:99',
  '10.0.0.1',
  '010.0.0.01',
  '10.0.0.0/33',
  '10.96.0.0/12',
  '::1',
  '::ffff:10.0.0.1',
  'fe80::1%eth0',
  'http://[::1',
  'a/b/c',
  'example.com/x',
  'In',
  'Exists',
  'kube-system',
  'default',
  '(((((a+)+)+)+)+)$',
  '* * * * *',
  '*/0 99 32 13 8',
  'TZ=Mars/Olympus * * * * *',
  '@every 1ns',
  'a=b,c in (d),!e',
  'a in (',
];

export const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  65_536,
  2_147_483_648,
  -2_147_483_649,
  new RawJson('9007199254740993'),
  new RawJson('9223372036854775807'),
  new RawJson('9223372036854775808'),
  new RawJson('1e400'),
  new RawJson('-0'),
  new RawJson('1E2'),
  new RawJson('1.0'),
  new RawJson('01'),
  new RawJson('NaN'),
  new RawJson('"\\ud800"'),
  new RawJson('"\\u0000"'),
  new RawJson('{"a":1,"a":2}'),
  new RawJson('{"__proto__":{"polluted":true}}'),
  new RawJson('{"constructor":{"prototype":{"polluted":true}}}'),
  nested(40, '[', ']'),
  nested(12_000, '[', ']'),
  new RawJson(`${'{"a":'.repeat(12_000)}1${'}'.repeat(12_000)}`),
  [],
  {},
  [null],
  [[]],
  [{}],
  ['a', 'a'],
  { '': '' },
  { a: null },
  { a: 'b' },
  { 'bad key!': 'x', 'a/b/c': 'y' },
];
