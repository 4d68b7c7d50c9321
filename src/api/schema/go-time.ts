/**
 * Times on the wire: RFC 3339, as Go's time.Parse reads it and metav1.Time and MicroTime write it
 * (UTC, seconds or six decimals). The messages are those of Go's ParseError.
 */
export class TimeError extends Error {
  override readonly name = 'TimeError';
}

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';

/** The canonical form of a Time: 2026-01-31T12:00:00Z. */
export function canonicalTime(text: string): string {
  return /^\d{4}-(0[1-9]|1[0-2])-([01]\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text)
    ? text
    : `${new Date(parse(text, LAYOUT).ms).toISOString().slice(0, 19)}Z`;
}

/** The canonical form of a MicroTime: 2026-01-31T12:00:00.000000Z. */
export function canonicalMicroTime(text: string): string {
  const { ms, micros } = parse(text, MICRO_LAYOUT);
  return `${new Date(ms).toISOString().slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
}

/** One element of the layout: how it is printed in messages, and what it takes from the text. */
interface Element {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly range?: readonly [low: number, high: number, name: string];
}

const ELEMENTS: readonly Element[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  { layout: '-', pattern: /^-/ },
  { layout: '01', pattern: /^\d\d/, range: [1, 12, 'month'] },
  { layout: '-', pattern: /^-/ },
  { layout: '02', pattern: /^\d\d/, range: [0, 31, 'day'] },
  { layout: 'T', pattern: /^T/ },
  { layout: '15', pattern: /^\d\d?/, range: [0, 23, 'hour'] },
  { layout: ':', pattern: /^:/ },
  { layout: '04', pattern: /^\d\d/, range: [0, 59, 'minute'] },
  { layout: ':', pattern: /^:/ },
  { layout: '05', pattern: /^\d\d/, range: [0, 59, 'second'] },
];

function parse(text: string, layout: string): { ms: number; micros: number } {
  const quoted = JSON.stringify(text);
  const fail = (detail: string) => new TimeError(`parsing time ${quoted}: ${detail}`);
  const mismatch = (at: string, element: string) =>
    new TimeError(
      `parsing time ${quoted} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(at)} as ${JSON.stringify(element)}`,
    );
  let rest = text;
  const numbers: number[] = [];
  for (const { layout: part, pattern, range } of ELEMENTS) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) throw mismatch(rest, part);
    rest = rest.slice(found.length);
    if (/\d/.test(found)) {
      const value = Number(found);
      if (range && (value < range[0] || value > range[1])) throw fail(`${range[2]} out of range`);
      numbers.push(value);
    }
  }
  const micro = layout === MICRO_LAYOUT;
  // Times take any fraction and drop it; MicroTimes demand six digits.
  const fraction = (micro ? /^\.\d{6}(?!\d)/ : /^[.,]\d+/).exec(rest)?.[0];
  if (micro && fraction === undefined) throw mismatch(rest, '.000000');
  rest = rest.slice(fraction?.length ?? 0);
  const zone = /^(?:Z|([-+])(\d\d):(\d\d))/.exec(rest);
  if (!zone) throw mismatch(rest, 'Z07:00');
  rest = rest.slice(zone[0].length);
  if (rest !== '') throw fail(`extra text: ${JSON.stringify(rest)}`);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = numbers;
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) throw fail('day out of range');
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  const offset = zone[1] ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  return { ms: date.getTime() - offset * 60_000, micros: Number(fraction?.slice(1, 7) ?? 0) };
}
