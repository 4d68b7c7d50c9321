/** Timestamps and durations of expressions. */
import { CelFault, Duration, Timestamp, type Value } from './values.ts';

const SECOND = 1_000_000_000n;
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
};

const conversion = (to: string) => new CelFault(`type conversion error from 'string' to '${to}'`);

export function parseDuration(text: string): Duration {
  const wrong = conversion('google.protobuf.Duration');
  const found = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (!found) throw wrong;
  let ns = 0n;
  for (const [, whole = '', part = '', unit = ''] of text.matchAll(
    /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const scale = UNITS[unit] ?? 1n;
    ns += BigInt(whole || '0') * scale;
    if (part) ns += (BigInt(part) * scale) / 10n ** BigInt(part.length);
  }
  return new Duration(found[1] === '-' ? -ns : ns);
}

export function parseTimestamp(text: string): Timestamp {
  const found = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[-+]\d\d:\d\d)$/.exec(text);
  const [, date = '', time = '', fraction = '', zone = ''] = found ?? [];
  const ms = found ? Date.parse(`${date}T${time}${zone.toUpperCase()}`) : Number.NaN;
  if (Number.isNaN(ms)) throw conversion('google.protobuf.Timestamp');
  return new Timestamp(BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9)));
}

export function formatTimestamp({ ns }: Timestamp): string {
  const rest = ((ns % SECOND) + SECOND) % SECOND;
  const whole = new Date(Number((ns - rest) / 1_000_000n)).toISOString().replace(/\.\d+Z$/, '');
  const fraction = rest === 0n ? '' : `.${`${rest}`.padStart(9, '0').replace(/0+$/, '')}`;
  return `${whole}${fraction}Z`;
}

/** In seconds: 90s, 1.5s. */
export function formatDuration({ ns }: Duration): string {
  const size = ns < 0n ? -ns : ns;
  const fraction = `${size % SECOND}`.padStart(9, '0').replace(/0+$/, '');
  return `${ns < 0n ? '-' : ''}${size / SECOND}${fraction ? `.${fraction}` : ''}s`;
}

const DAY_MS = 86_400_000;
type Part = (date: Date) => number;

const PARTS: Readonly<Record<string, Part>> = {
  getFullYear: d => d.getUTCFullYear(),
  getMonth: d => d.getUTCMonth(),
  getDate: d => d.getUTCDate(),
  getDayOfMonth: d => d.getUTCDate() - 1,
  getDayOfWeek: d => d.getUTCDay(),
  getDayOfYear: d => Math.floor((d.getTime() - Date.UTC(d.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: d => d.getUTCHours(),
  getMinutes: d => d.getUTCMinutes(),
  getSeconds: d => d.getUTCSeconds(),
  getMilliseconds: d => d.getUTCMilliseconds(),
};
const WHOLE: Readonly<Record<string, bigint>> = {
  getHours: 3600n * SECOND,
  getMinutes: 60n * SECOND,
  getSeconds: SECOND,
};

export const TIME_PARTS = Object.keys(PARTS);

/** @param zone UTC, an offset or a name such as Europe/Berlin */
export function partOf(name: string, value: Value | undefined, zone?: Value): bigint | undefined {
  if (value instanceof Duration) {
    const unit = WHOLE[name];
    return unit === undefined ? (value.ns / 1_000_000n) % 1000n : value.ns / unit;
  }
  if (!(value instanceof Timestamp)) return undefined;
  const ms = Number(value.ns / 1_000_000n);
  const part = PARTS[name];
  const shift = typeof zone === 'string' ? offsetMs(zone, ms) : 0;
  return part && BigInt(part(new Date(ms + shift)));
}

function offsetMs(zone: string, at: number): number {
  const fixed = /^([-+]?)(\d\d):(\d\d)$/.exec(zone);
  if (fixed) {
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return (fixed[1] === '-' ? -minutes : minutes) * 60_000;
  }
  try {
    const form = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    const name = form.formatToParts(at).find(p => p.type === 'timeZoneName')?.value ?? '';
    return name === 'GMT' ? 0 : offsetMs(name.replace('GMT', ''), at);
  } catch {
    throw new CelFault(`unknown time zone ${zone}`);
  }
}
