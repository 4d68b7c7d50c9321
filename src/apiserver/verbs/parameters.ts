/** Query parameters as upstream reads them: Go's strconv, and its errors. */
import { badRequest } from '../../api/status-error.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** Absent: undefined. @throws StatusError 400 */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : parseInteger(text);
}

function parseInteger(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n)
    throw badRequest(`strconv.ParseInt: parsing ${quoted}: value out of range`);
  return Number(value);
}

/**
 * A resourceVersion: undefined for '' (the newest). `fail` makes the error of the text: reads
 * answer 400; upstream answers 500 for a malformed version of a watch, which helps nobody.
 */
export function resourceVersionParameter(
  text: string | null,
  fail: (problem: string) => Error = problem => badRequest(`invalid resource version: ${problem}`),
): number | undefined {
  if (text === null || text === '') return undefined;
  const where = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}`;
  if (!/^\d+$/.test(text)) throw fail(`${where}: invalid syntax`);
  if (BigInt(text) > MAX_UINT64) throw fail(`${where}: value out of range`);
  return Number(text);
}
