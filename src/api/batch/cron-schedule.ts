import { parseGoDuration } from '../go-duration.ts';

/**
 * Cron schedules as upstream reads them (robfig/cron's standard parser): five fields with lists,
 * ranges and steps, names of months and days, and descriptors. The messages are that parser's.
 */
export interface CronSchedule {
  /** The values that match, per field; undefined for @every. */
  readonly fields?: {
    readonly minute: ReadonlySet<number>;
    readonly hour: ReadonlySet<number>;
    readonly dayOfMonth: ReadonlySet<number>;
    readonly month: ReadonlySet<number>;
    /** 0 is Sunday. */
    readonly dayOfWeek: ReadonlySet<number>;
    /** A star restricts nothing: with one of the two days restricted, only that one counts. */
    readonly anyDayOfMonth: boolean;
    readonly anyDayOfWeek: boolean;
  };
  /** @every: milliseconds between runs, whole seconds and at least one. */
  readonly everyMs?: number;
  /** What TZ= or CRON_TZ= says. */
  readonly timeZone?: string;
}

export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE = { min: 0, max: 59 };
const HOUR = { min: 0, max: 23 };
const DAY_OF_MONTH = { min: 1, max: 31 };
const MONTH = { min: 1, max: 12, names: MONTHS };
const DAY_OF_WEEK = { min: 0, max: 6, names: DAYS };

const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const EVERY = '@every ';

/** Throws CronError with upstream's message. */
export function parseCron(text: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string');
  const zoned = /^(?:CRON_)?TZ=([^ ]*)(?: +(.*))?$/s.exec(text);
  if (zoned) {
    const timeZone = zoned[1] ?? '';
    if (!isTimeZone(timeZone)) {
      throw new CronError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`);
    }
    return { ...parseCron((zoned[2] ?? '').trim()), timeZone };
  }
  if (text.startsWith('@')) return parseDescriptor(text);
  const parts = text.split(/\s+/).filter(Boolean);
  if (parts.length !== 5) {
    throw new CronError(`expected exactly 5 fields, found ${parts.length}: [${parts.join(' ')}]`);
  }
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = parts;
  const days = parseField(dayOfMonth, DAY_OF_MONTH);
  const weekdays = parseField(dayOfWeek, DAY_OF_WEEK);
  return {
    fields: {
      minute: parseField(minute, MINUTE).values,
      hour: parseField(hour, HOUR).values,
      dayOfMonth: days.values,
      month: parseField(month, MONTH).values,
      dayOfWeek: weekdays.values,
      anyDayOfMonth: days.star,
      anyDayOfWeek: weekdays.star,
    },
  };
}

/** By the name's very letters, as a file is looked up: Intl would also take europe/berlin. */
export function isTimeZone(name: string): boolean {
  if (name === '') return true;
  if (!name.split('/').every(part => /^[A-Z]/.test(part))) return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

function parseDescriptor(text: string): CronSchedule {
  const fields = DESCRIPTORS[text];
  if (fields !== undefined) return parseCron(fields);
  if (!text.startsWith(EVERY)) throw new CronError(`unrecognized descriptor: ${text}`);
  const duration = parseGoDuration(text.slice(EVERY.length));
  if (typeof duration === 'string') throw new CronError(`failed to parse duration ${text}: ${duration}`);
  return { everyMs: Math.max(1000, Math.floor(duration / 1000) * 1000) };
}

function parseField(text: string, bounds: Bounds): { values: Set<number>; star: boolean } {
  const values = new Set<number>();
  let star = false;
  for (const range of text.split(',').filter(Boolean)) {
    const { start, end, step, any } = parseRange(range, bounds);
    for (let value = start; value <= end; value += step) values.add(value);
    star ||= any;
  }
  return { values, star };
}

function parseRange(text: string, { min, max, names }: Bounds) {
  const parts = text.split('/');
  const limits = (parts[0] ?? '').split('-');
  const any = limits[0] === '*' || limits[0] === '?';
  let [start, end] = [min, max];
  if (!any) {
    start = parseNumber(limits[0] ?? '', names);
    if (limits.length > 2) throw new CronError(`too many hyphens: ${text}`);
    end = limits[1] === undefined ? start : parseNumber(limits[1], names);
  }
  let step = 1;
  if (parts.length > 2) throw new CronError(`too many slashes: ${text}`);
  if (parts[1] !== undefined) {
    step = parseNumber(parts[1]);
    if (limits.length === 1) end = max;
  }
  if (start < min) throw new CronError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new CronError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  return { start, end, step, any: any && step === 1 };
}

function parseNumber(text: string, names?: readonly string[]): number {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return names === MONTHS ? named + 1 : named;
  if (!/^[-+]?[0-9]+$/.test(text)) {
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new CronError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`,
    );
  }
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}
