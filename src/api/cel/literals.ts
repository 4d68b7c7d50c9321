/** Literals that are read when the expression is compiled: regular expressions, times and durations. */
import { goRegexError } from '../validation/go-regex.ts';
import type { Node } from './ast.ts';
import type { CelIssue } from './source.ts';

const DURATION = /^[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$|^[-+]?0$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[-+]\d\d:\d\d)$/;

const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  matches: text => goRegexError(text) === undefined,
  duration: text => DURATION.test(text),
  timestamp: text => TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text)),
};

/** Of a call that is right by its types; `args` without the receiver. */
export function literalIssue(name: string, args: readonly Node[]): CelIssue | undefined {
  const last = args.at(-1);
  const fits = CHECKS[name];
  if (!fits || last?.kind !== 'literal' || last.type !== 'string' || fits(String(last.value)))
    return undefined;
  return { at: last.at, message: `invalid ${name} argument` };
}
