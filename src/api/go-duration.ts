/** Durations as Go writes them: 1h30m, 250ms. */
import { ownField } from '../base/own-field.ts';
import { goQuote } from './go-quote.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds, or the message of Go's time.ParseDuration. */
export function parseGoDuration(text: string): number | string {
  const shown = goQuote(text);
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  if (rest === '') return `time: invalid duration ${shown}`;
  let total = 0;
  while (rest !== '') {
    const match = /^([0-9]*\.?[0-9]*)([^0-9.]*)/.exec(rest);
    const [whole = '', amount = '', unit = ''] = match ?? [];
    if (amount === '' || amount === '.') return `time: invalid duration ${shown}`;
    if (unit === '') return `time: missing unit in duration ${shown}`;
    const factor = ownField(UNIT_MS, unit);
    if (factor === undefined) return `time: unknown unit ${goQuote(unit)} in duration ${shown}`;
    total += Number(amount) * factor;
    rest = rest.slice(whole.length);
  }
  return sign * total;
}
