/**
 * The order of a merged list: what the client names comes in the order it names; what only the
 * server has keeps its order and its place before the neighbours it stood before (upstream's
 * normalizeElementOrder).
 */
export function elementOrder(
  merged: readonly unknown[],
  original: readonly unknown[],
  order: readonly unknown[],
  same: (a: unknown, b: unknown) => boolean,
): readonly unknown[] {
  const position = (list: readonly unknown[], item: unknown) => list.findIndex(other => same(other, item));
  const named = merged
    .filter(item => position(order, item) >= 0)
    .sort((a, b) => position(order, a) - position(order, b));
  const serverOnly = merged
    .filter(item => position(order, item) < 0)
    .sort((a, b) => position(original, a) - position(original, b));
  const result: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = position(original, item);
    // One that the server has not seen comes before everything it has.
    while (place >= 0 && next < serverOnly.length && position(original, serverOnly[next]) < place)
      result.push(serverOnly[next++]);
    result.push(item);
  }
  return [...result, ...serverOnly.slice(next)];
}
