/**
 * Unified diffs as Python's difflib makes them, which upstream's messages carry (through go-difflib).
 * The matcher is theirs, junk rule included: in texts of 200 lines or more, lines that are more
 * than one in a hundred never start a match. Another algorithm would give valid diffs that differ.
 */
interface Block {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}
interface Change {
  readonly equal: boolean;
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

const CONTEXT = 3;
const POPULAR_FROM_LINES = 200;

/** Hunks without file header; every line ends in a line feed. Empty for equal texts. */
export function unifiedDiff(a: string, b: string): string {
  const [x, y] = [a.split('\n'), b.split('\n')];
  return groups(changes(x, y))
    .map(group => hunk(group, x, y))
    .join('');
}

function hunk(group: readonly Change[], a: readonly string[], b: readonly string[]): string {
  const [first, last] = [group[0] as Change, group.at(-1) as Change];
  const lines = group.flatMap(c => {
    if (c.equal) return a.slice(c.aStart, c.aEnd).map(l => ` ${l}\n`);
    return [
      ...a.slice(c.aStart, c.aEnd).map(l => `-${l}\n`),
      ...b.slice(c.bStart, c.bEnd).map(l => `+${l}\n`),
    ];
  });
  return `@@ -${range(first.aStart, last.aEnd)} +${range(first.bStart, last.bEnd)} @@\n${lines.join('')}`;
}

function range(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return `${start + 1}`;
  return `${length === 0 ? start : start + 1},${length}`;
}

/** Changes with up to three equal lines around them; far ones in groups of their own. */
function groups(all: readonly Change[]): Change[][] {
  if (all.every(c => c.equal)) return [];
  const out: Change[][] = [];
  let group: Change[] = [];
  all.forEach((change, i) => {
    let { aStart, aEnd, bStart, bEnd } = change;
    if (change.equal && i === 0) {
      aStart = Math.max(aStart, aEnd - CONTEXT);
      bStart = Math.max(bStart, bEnd - CONTEXT);
    }
    if (change.equal && i === all.length - 1) {
      aEnd = Math.min(aEnd, aStart + CONTEXT);
      bEnd = Math.min(bEnd, bStart + CONTEXT);
    }
    if (change.equal && aEnd - aStart > CONTEXT * 2) {
      group.push({ equal: true, aStart, aEnd: aStart + CONTEXT, bStart, bEnd: bStart + CONTEXT });
      out.push(group);
      group = [];
      aStart = aEnd - CONTEXT;
      bStart = bEnd - CONTEXT;
    }
    group.push({ equal: change.equal, aStart, aEnd, bStart, bEnd });
  });
  if (group.some(c => !c.equal)) out.push(group);
  return out;
}

function changes(a: readonly string[], b: readonly string[]): Change[] {
  const out: Change[] = [];
  let [i, j] = [0, 0];
  for (const { a: x, b: y, size } of [...blocks(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < x || j < y) out.push({ equal: false, aStart: i, aEnd: x, bStart: j, bEnd: y });
    if (size > 0) out.push({ equal: true, aStart: x, aEnd: x + size, bStart: y, bEnd: y + size });
    i = x + size;
    j = y + size;
  }
  return out;
}

/** Matching blocks in order, neighbours joined. */
function blocks(a: readonly string[], b: readonly string[]): Block[] {
  const places = new Map<string, number[]>();
  b.forEach((line, j) => {
    const list = places.get(line);
    if (list) list.push(j);
    else places.set(line, [j]);
  });
  if (b.length >= POPULAR_FROM_LINES) {
    const limit = Math.floor(b.length / 100) + 1;
    for (const [line, list] of places) if (list.length > limit) places.delete(line);
  }
  const found: Block[] = [];
  const rest: (readonly [number, number, number, number])[] = [[0, a.length, 0, b.length]];
  for (let next = rest.pop(); next; next = rest.pop()) {
    const [aLow, aHigh, bLow, bHigh] = next;
    const match = longest(a, b, places, next);
    if (match.size === 0) continue;
    found.push(match);
    rest.push([aLow, match.a, bLow, match.b]);
    rest.push([match.a + match.size, aHigh, match.b + match.size, bHigh]);
  }
  found.sort((x, y) => x.a - y.a);
  return found.reduce<Block[]>((joined, block) => {
    const last = joined.at(-1);
    if (last && last.a + last.size === block.a && last.b + last.size === block.b) {
      joined[joined.length - 1] = { ...last, size: last.size + block.size };
    } else {
      joined.push(block);
    }
    return joined;
  }, []);
}

function longest(
  a: readonly string[],
  b: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [aLow, aHigh, bLow, bHigh]: readonly [number, number, number, number],
): Block {
  let best: Block = { a: aLow, b: bLow, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aLow; i < aHigh; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i] as string) ?? []) {
      if (j < bLow) continue;
      if (j >= bHigh) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  // Popular lines start no match, but extend one.
  let { a: i, b: j, size } = best;
  while (i > aLow && j > bLow && a[i - 1] === b[j - 1]) {
    i--;
    j--;
    size++;
  }
  while (i + size < aHigh && j + size < bHigh && a[i + size] === b[j + size]) size++;
  return { a: i, b: j, size };
}
