import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CronError, parseCron } from './cron-schedule.ts';
import { countIndexes } from './index-set.ts';

const errorOf = (text: string) => {
  try {
    parseCron(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return error.message;
  }
};

test('every number in its range is itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 23 }), (minute, hour) => {
      const { fields } = parseCron(`${minute} ${hour} * jan-mar sun`);
      expect([...(fields?.minute ?? [])]).toEqual([minute]);
      expect([...(fields?.hour ?? [])]).toEqual([hour]);
      expect([...(fields?.month ?? [])]).toEqual([1, 2, 3]);
      expect([...(fields?.dayOfWeek ?? [])]).toEqual([0]);
      expect(fields?.anyDayOfMonth).toBe(true);
    }),
  );
});

test('steps, descriptors and intervals', () => {
  expect([...(parseCron('*/20 5/6 * * *').fields?.minute ?? [])]).toEqual([0, 20, 40]);
  expect([...(parseCron('0 5/6 * * *').fields?.hour ?? [])]).toEqual([5, 11, 17, 23]);
  expect(parseCron('@hourly')).toEqual(parseCron('0 * * * *'));
  expect(parseCron('@every 1h30m')).toEqual({ everyMs: 5_400_000 });
  expect(parseCron('@every 10ms')).toEqual({ everyMs: 1000 });
  expect(parseCron('TZ=Europe/Berlin 0 0 * * *').timeZone).toBe('Europe/Berlin');
});

test.each([
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['@bogus', 'unrecognized descriptor: @bogus'],
  ['@every 5x', 'failed to parse duration @every 5x: time: unknown unit "x" in duration "5x"'],
  ['TZ=Bogus/X 0 0 * * *', 'provided bad location Bogus/X: unknown time zone Bogus/X'],
])('%s: %s', (text, message) => {
  expect(errorOf(text)).toBe(message);
});

test('index sets are counted, and must grow', () => {
  expect(countIndexes('', 5)).toBe(0);
  expect(countIndexes('0,2-4', 5)).toBe(4);
  expect(countIndexes('0-9', 5)).toEqual({ error: 'too large index: "9"' });
  expect(countIndexes('2,1', 5)).toEqual({ error: 'non-increasing order, previous: 2, current: 1' });
});
