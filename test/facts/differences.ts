/**
 * What still differs from upstream's facts, with the reason: golden/differences.json, by theme. A
 * difference that is not on the list fails its test, and so does one that is gone: the list only shrinks.
 */
import { readFileSync } from 'node:fs';

const golden = JSON.parse(
  readFileSync(new URL('golden/differences.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Differences that are on the list, sorted. @throws Error where one has no reason */
export function knownDifferences(theme: string): readonly string[] {
  const known = Object.entries(golden[theme] ?? {});
  for (const [difference, reason] of known)
    if (reason.trim() === '') throw new Error(`No reason is given for ${theme}: ${difference}`);
  return known.map(([difference]) => difference).sort();
}

export const sorted = (found: Iterable<string>): readonly string[] => [...new Set(found)].sort();

/** Paths below which two JSON values are not equal: 'spec.ports.0.name: 1, upstream 2'. */
export function differences(ours: unknown, upstream: unknown, path = ''): string[] {
  if (isRecord(ours) && isRecord(upstream)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(upstream)]);
    return [...keys].flatMap(key =>
      differences(ours[key], upstream[key], path === '' ? key : `${path}.${key}`),
    );
  }
  if (Array.isArray(ours) && Array.isArray(upstream) && ours.length === upstream.length)
    return ours.flatMap((item, i) => differences(item, upstream[i], `${path}.${i}`));
  const [a, b] = [JSON.stringify(ours), JSON.stringify(upstream)];
  return a === b ? [] : [`${path}: ${a}, upstream ${b}`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A file of facts that were asked from upstream. */
export function facts<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../src/api/facts/${name}`, import.meta.url), 'utf8')) as T;
}
