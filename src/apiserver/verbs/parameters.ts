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
 * A resourceVersion: undefined for '' (the newest). Upstream answers 500 for a malformed version of
 * a watch, which helps nobody: here every read answers 400. @throws StatusError
 */
export function resourceVersionParameter(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const quoted = JSON.stringify(text);
  const fail = (problem: string) =>
    badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${problem}`,
    );
  if (!/^\d+$/.test(text)) throw fail('invalid syntax');
  if (BigInt(text) > MAX_UINT64) throw fail('value out of range');
  return Number(text);
}
