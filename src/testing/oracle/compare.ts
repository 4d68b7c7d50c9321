/** Compares what upstream answered with what we answer, as test/oracle/replay.py does. */

const VOLATILE = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'lastHeartbeatTime',
  'acquireTime',
  'renewTime',
  'time',
  'startTime',
  'managedFields',
]);

/** A copy without volatile values, without what `ignore` points at, and with placeholders of times. */
export function normalise(value: unknown, ignore: readonly string[]): unknown {
  const copy = simplify(value);
  for (const pointer of ignore) drop(copy, pointer.split('/').slice(1).map(unescape));
  return copy;
}

const unescape = (part: string) => part.replaceAll('~1', '/').replaceAll('~0', '~');

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value === 'string') {
    return value
      .replace(/\$\{gen\}/g, '<generated>')
      .replace(/Bad_bcdfg/g, '<generated>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
      .replace(/2006-01-02T15:04:05(\.000000)?Z/g, '<time>');
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([k, v]) => v !== undefined && !(VOLATILE.has(k) && (typeof v === 'string' || k === 'managedFields')),
      )
      .map(([k, v]) => [k, simplify(v)]),
  );
}

function drop(value: unknown, path: readonly string[]): void {
  const [head, ...rest] = path;
  if (head === undefined || typeof value !== 'object' || value === null) return;
  const target = value as Record<string, unknown>;
  for (const k of head === '*' ? Object.keys(target) : [head]) {
    if (rest.length > 0) drop(target[k], rest);
    else if (Array.isArray(value)) value[Number(k)] = null;
    else delete target[k];
  }
}

/** One line for each place where two JSON values differ. */
export function differences(want: unknown, got: unknown, at = ''): string[] {
  if (Object.is(want, got)) return [];
  if (Array.isArray(want) && Array.isArray(got)) {
    const out =
      want.length === got.length ? [] : [`${at} (length): upstream ${want.length}, here ${got.length}`];
    for (let i = 0; i < Math.min(want.length, got.length); i++) {
      out.push(...differences(want[i], got[i], `${at}/${i}`));
    }
    return out;
  }
  if (isRecord(want) && isRecord(got)) {
    const names = [...new Set([...Object.keys(want), ...Object.keys(got)])].sort();
    return names.flatMap(name => differences(want[name], got[name], `${at}/${name}`));
  }
  return [`${at || '/'}: upstream ${print(want)}, here ${print(got)}`];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const print = (value: unknown) => (value === undefined ? '(absent)' : JSON.stringify(value));
